package dev.weir.xdp;

import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.RingOffset;
import dev.weir.linux.MappedMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One of the four rings of an AF_XDP socket, in memory that the kernel shares. One side produces, the other consumes;
 * each writes its own index, which counts up and wraps at 2³², and reads the other's. Where indices, flags and entries
 * are, the kernel says (XDP_MMAP_OFFSETS). For one thread on this side.
 *
 * <p>Indices are stored with release and loaded with acquire, as {@code net/xdp/xsk_queue.h} does on its side: entries
 * written before a producer index are seen by who read that index, and an entry is not written again before its
 * reader has said that it is done.
 */
abstract class XskRing {
    static final VarHandle INDEX = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    final MappedMemory mapping;
    final ByteBuffer memory;
    final int producerAt;
    final int consumerAt;
    final int entriesAt;
    final int size;
    final int mask;
    private final int flagsAt;

    /**
     * @param offsets where a {@link RingOffset} is
     * @param at its place there
     * @param size entries, a power of two
     */
    XskRing(MappedMemory mapping, ByteBuffer offsets, int at, int size) {
        this.mapping = mapping;
        this.memory = mapping.bytes();
        this.producerAt = (int) offsets.getLong(at + RingOffset.PRODUCER);
        this.consumerAt = (int) offsets.getLong(at + RingOffset.CONSUMER);
        this.entriesAt = (int) offsets.getLong(at + RingOffset.DESC);
        this.flagsAt = (int) offsets.getLong(at + RingOffset.FLAGS);
        this.size = size;
        this.mask = size - 1;
    }

    /** Bytes of a ring's mapping. */
    static long mappedBytes(ByteBuffer offsets, int at, int size, int entryBytes) {
        return offsets.getLong(at + RingOffset.DESC) + (long) size * entryBytes;
    }

    /** The kernel has asked to be called. Looked at after an index was published, with a fence in between. */
    final boolean needsWakeup() {
        return ((int) INDEX.getOpaque(memory, flagsAt) & IfXdp.XDP_RING_NEED_WAKEUP) != 0;
    }
}
