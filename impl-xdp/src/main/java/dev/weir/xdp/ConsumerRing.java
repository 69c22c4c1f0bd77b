package dev.weir.xdp;

import dev.weir.linux.IfXdp.XdpDesc;
import dev.weir.linux.MappedMemory;
import java.nio.ByteBuffer;

/**
 * A ring that the kernel writes: the RX ring (descriptors of packets) or the completion ring (addresses of frames that
 * were sent). {@link #peek}, read the entries from 0 on, then {@link #release} them.
 */
final class ConsumerRing extends XskRing {
    private int next;

    /** The kernel's index as last read. */
    private int producer;

    ConsumerRing(MappedMemory mapping, ByteBuffer offsets, int at, int size) {
        super(mapping, offsets, at, size);
    }

    /** Entries that are there, {@code most} at most; looks at the kernel's index when fewer are known of. */
    int peek(int most) {
        int there = producer - next;
        if (there < most) {
            // acquire: the entries up to the index were written before it
            producer = (int) INDEX.getAcquire(memory, producerAt);
            there = producer - next;
        }
        return Math.min(there, most);
    }

    /** True when there is nothing to peek at. */
    boolean isEmpty() {
        return peek(1) == 0;
    }

    /** The address in the entry, of a completion ring. */
    long address(int index) {
        return memory.getLong(entriesAt + (next + index & mask) * Long.BYTES);
    }

    /** Where the entry is in {@link #memory}: an {@link XdpDesc}, of an RX ring. */
    int descriptor(int index) {
        return entriesAt + (next + index & mask) * XdpDesc.BYTES;
    }

    /** Gives the first entries back to the kernel. */
    void release(int count) {
        next += count;
        INDEX.setRelease(memory, consumerAt, next); // release: after the entries were read
    }
}
