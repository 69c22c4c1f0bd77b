package dev.weir.engine;

import dev.weir.PacketOrigin;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * Carries packets from one queue agent to the recorder's thread, copied into chunks that travel in one ring when they are
 * full and back in another when they are written. With none empty, a live capture counts the packet as missed, a file
 * waits.
 */
final class RecordSpool {
    private static final int CHUNK_BYTES = 256 << 10;
    private static final int CHUNKS = 64;
    private static final long WAIT_NS = 100_000;

    /** Before each packet's bytes: time stamp, wire length, link type, interface, origin, captured length. */
    private static final int HEADER_BYTES = 8 + 5 * 4;

    private static final PacketOrigin[] ORIGINS = PacketOrigin.values();

    private final SpscVarHandleArrayQueue<ByteBuffer> full = new SpscVarHandleArrayQueue<>(CHUNKS);
    private final SpscVarHandleArrayQueue<ByteBuffer> empty = new SpscVarHandleArrayQueue<>(CHUNKS);
    private final Counts missed = new Counts(1);
    private final boolean waits;
    private final RecorderAgent recorder;
    private ByteBuffer chunk;
    private int made;

    /** The packet in a chunk that is being written. For the recorder. */
    private final Slot written = new Slot(0);

    RecordSpool(RecorderAgent recorder, boolean waits) {
        this.recorder = recorder;
        this.waits = waits;
    }

    // ---------------------------------------------------------------------------------------------- for the agent

    /** Copies a packet that passes: as it came, or as it was changed. */
    void record(Slot slot, boolean replaced) {
        ByteBuffer changed = replaced ? slot.replacement() : null;
        int length = changed != null ? changed.limit() : slot.capturedLength();
        if (chunk != null && chunk.remaining() < HEADER_BYTES + length) {
            flush();
        }
        if (chunk == null && !takeChunk()) {
            missed.add(0, 1);
            return;
        }
        if (chunk.remaining() < HEADER_BYTES + length) {
            missed.add(0, 1); // larger than a chunk: no link has such packets
            return;
        }
        chunk.putLong(slot.timestampNs())
                .putInt(changed != null ? length : slot.wireLength())
                .putInt(slot.linkType())
                .putInt(slot.interfaceIndex())
                .putInt(slot.origin().ordinal())
                .putInt(length);
        if (changed != null) {
            chunk.put(chunk.position(), changed, 0, length);
            chunk.position(chunk.position() + length);
        } else {
            slot.bytes().get(0, chunk, length);
        }
    }

    /** Hands over what has been collected. */
    void flush() {
        if (chunk != null && chunk.position() > 0) {
            full.offer(chunk.flip()); // there is room: no more chunks exist than it holds
            chunk = null;
        }
    }

    private boolean takeChunk() {
        chunk = empty.relaxedPoll();
        if (chunk == null && made < CHUNKS) {
            made++;
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        while (chunk == null && waits && recorder.isAlive()) {
            LockSupport.parkNanos(this, WAIT_NS);
            chunk = empty.relaxedPoll();
        }
        return chunk != null;
    }

    long missed() {
        return missed.get(0);
    }

    // ---------------------------------------------------------------------------------------------- for the recorder

    /** Has the recorder write what has been handed over; how many packets that was. */
    int drain() {
        int taken = 0;
        for (ByteBuffer in = full.relaxedPoll(); in != null; in = full.relaxedPoll()) {
            while (in.hasRemaining()) {
                takeOne(in);
                taken++;
            }
            empty.offer(in.clear());
        }
        return taken;
    }

    private void takeOne(ByteBuffer in) {
        long timestampNs = in.getLong();
        int wireLength = in.getInt();
        int linkType = in.getInt();
        int interfaceIndex = in.getInt();
        PacketOrigin origin = ORIGINS[in.getInt()];
        int length = in.getInt();
        int at = in.position();
        recorder.write(written.fill(in, at, length, wireLength, linkType, timestampNs)
                .interfaceIndex(interfaceIndex)
                .origin(origin));
        in.position(at + length);
    }
}
