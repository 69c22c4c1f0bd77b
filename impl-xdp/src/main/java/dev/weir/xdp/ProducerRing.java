package dev.weir.xdp;

import dev.weir.linux.IfXdp.XdpDesc;
import dev.weir.linux.MappedMemory;
import java.nio.ByteBuffer;

/**
 * A ring that we write: the fill ring (addresses of free frames) or the TX ring (descriptors of frames to send). Ask
 * {@link #room}, put at most so many entries, then {@link #submit}.
 */
final class ProducerRing extends XskRing {
    /** Where the next entry goes; ahead of what was submitted. */
    private int next;

    private int submitted;

    /** The kernel's index as last read. */
    private int consumer;

    ProducerRing(MappedMemory mapping, ByteBuffer offsets, int at, int size) {
        super(mapping, offsets, at, size);
    }

    /** Entries that can be put now; looks at the kernel's index only when fewer than wanted are known to be free. */
    int room(int wanted) {
        int room = size - (next - consumer);
        if (room < wanted) {
            // acquire: the kernel has read the entries that we now overwrite
            consumer = (int) INDEX.getAcquire(memory, consumerAt);
            room = size - (next - consumer);
        }
        return room;
    }

    /** Puts an address; there is room. */
    void put(long address) {
        memory.putLong(entriesAt + (next++ & mask) * Long.BYTES, address);
    }

    /** Puts a descriptor; there is room. */
    void put(long address, int length, int options) {
        int at = entriesAt + (next++ & mask) * XdpDesc.BYTES;
        memory.putLong(at + XdpDesc.ADDR, address);
        memory.putInt(at + XdpDesc.LEN, length);
        memory.putInt(at + XdpDesc.OPTIONS, options);
    }

    /** Hands what was put to the kernel; false when that was nothing. */
    boolean submit() {
        if (submitted == next) {
            return false;
        }
        submitted = next;
        INDEX.setRelease(memory, producerAt, next); // release: after the entries
        return true;
    }

    /** Entries that the kernel has not taken yet. */
    int pending() {
        consumer = (int) INDEX.getAcquire(memory, consumerAt);
        return next - consumer;
    }
}
