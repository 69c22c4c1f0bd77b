package dev.weir.linux.bpf;

import dev.weir.linux.Fd;
import dev.weir.linux.MappedMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A map of type BPF_MAP_TYPE_RINGBUF, read in place: no call into libbpf or the kernel, no callback and no copy per event.
 * For one thread.
 *
 * <pre>{@code
 * while (ring.next()) {
 *     … ring.bytes() from ring.offset() on, ring.length() bytes …
 * }
 * ring.release(); // what was shown may be overwritten now
 * // nothing more: sleep on ring.fd() with Poller
 * }</pre>
 *
 * <p>Laid out as in {@code kernel/bpf/ringbuf.c}: a page with the position of the consumer, which we write; a page with that
 * of the producers, which the kernel writes; the data, mapped twice in a row, so that no event is cut in two. Positions
 * only grow; each event has a header of eight bytes and takes a multiple of eight.
 */
public final class RingBuffer implements AutoCloseable {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final int POSITION = 0;

    private final BpfMap map;
    private final MappedMemory consumer;
    private final MappedMemory producer;
    private final ByteBuffer consumed;
    private final ByteBuffer produced;
    private final int dataStart;
    private final int mask;

    /** Behind the last event that was shown. */
    private long position;

    /** As {@link #position}, when it was last published. */
    private long released;

    private int offset;
    private int length;

    /** Reads a map that stays its owner's, and stays open for as long as this. */
    public RingBuffer(BpfMap map) {
        if (map.type() != BpfUapi.BPF_MAP_TYPE_RINGBUF) {
            throw new IllegalArgumentException("the map " + map.name() + " is no ring buffer");
        }
        this.map = map;
        int pageBytes = MappedMemory.pageBytes();
        int dataBytes = map.maxEntries();
        mask = dataBytes - 1;
        dataStart = pageBytes;
        consumer = MappedMemory.map(map.fd(), 0, pageBytes);
        try {
            producer = MappedMemory.mapReadOnly(map.fd(), pageBytes, pageBytes + 2L * dataBytes);
        } catch (RuntimeException | Error e) {
            consumer.close();
            throw e;
        }
        consumed = consumer.bytes();
        produced = producer.bytes();
        position = consumed.getLong(POSITION);
        released = position;
    }

    /**
     * Goes on to the next event; false when there is none yet. Events that a program discarded are left out. Each turn of
     * the loop leaves one event behind, and there are finitely many up to where the producers stand.
     */
    public boolean next() {
        // Acquire: what stands before the position that the kernel published is written, headers at least.
        while (position < (long) LONGS.getAcquire(produced, POSITION)) {
            int at = dataStart + ((int) position & mask);
            // Acquire: when the event is no longer busy, its bytes are written.
            int header = (int) INTS.getAcquire(produced, at);
            if ((header & BpfUapi.BPF_RINGBUF_BUSY_BIT) != 0) {
                return false; // a program is writing it, and those behind it wait
            }
            length = header & ~BpfUapi.BPF_RINGBUF_DISCARD_BIT;
            offset = at + BpfUapi.BPF_RINGBUF_HDR_SZ;
            position += length + BpfUapi.BPF_RINGBUF_HDR_SZ + 7 & -8;
            if ((header & BpfUapi.BPF_RINGBUF_DISCARD_BIT) == 0) {
                return true;
            }
        }
        return false;
    }

    /** The memory that the event stands in; the same buffer each time, in the machine's order, for access by index. */
    public ByteBuffer bytes() {
        return produced;
    }

    /** Where the event begins; at a multiple of eight. */
    public int offset() {
        return offset;
    }

    /** How many bytes it has. */
    public int length() {
        return length;
    }

    /** Gives the room of all events shown so far back; to be done before sleeping, or nobody will wake us. */
    public void release() {
        if (released != position) {
            released = position;
            // Release: we have read what the kernel may overwrite now.
            LONGS.setRelease(consumed, POSITION, position);
        }
    }

    /** Readable when there are events, for {@link dev.weir.linux.Poller}. */
    public Fd fd() {
        return map.fd();
    }

    /** Unmaps: nobody may look at the bytes any more. */
    @Override
    public void close() {
        producer.close();
        consumer.close();
    }
}
