package dev.weir.xdp;

import java.nio.ByteBuffer;

/**
 * Packets that take several frames (multi-buffer). Frames of a packet lie anywhere in the umem, and a packet is read in
 * one piece: so its bytes are gathered in a buffer beside, while the frames stay with it, to be sent as they are. For
 * the queue's owner.
 */
final class Fragments {
    private static final int END = -1;
    private static final int KEPT_BUFFERS = 16;

    private final Umem umem;
    private final int base;

    /** By frame, less the base: where its piece begins, how long it is, and the frame that goes on. */
    private final long[] address;

    private final int[] length;
    private final int[] next;
    private final ByteBuffer[] gathered;

    private final ByteBuffer[] spare = new ByteBuffer[KEPT_BUFFERS];
    private int spares;

    /** The packet that is coming in. */
    private int first = END;

    private int last;
    private int total;

    Fragments(Umem umem, int base, int frames) {
        this.umem = umem;
        this.base = base;
        address = new long[frames];
        length = new int[frames];
        next = new int[frames];
        gathered = new ByteBuffer[frames];
    }

    /** True when the first pieces of a packet are there and its end is not. */
    boolean isOpen() {
        return first != END;
    }

    /** Adds a piece to the packet that is coming in. */
    void add(long at, int bytes) {
        int frame = umem.frameOf(at) - base;
        address[frame] = at;
        length[frame] = bytes;
        next[frame] = END;
        if (first == END) {
            first = frame;
            total = 0;
        } else {
            next[last] = frame;
        }
        last = frame;
        total += bytes;
    }

    /** The packet is complete: gathers it and returns its first frame, less the base. */
    int finish() {
        int head = first;
        first = END;
        ByteBuffer buffer = spares == 0 ? null : spare[--spares];
        if (buffer == null || buffer.capacity() < total) {
            buffer = ByteBuffer.allocateDirect(Math.max(16_384, Integer.highestOneBit(total) * 2))
                    .order(umem.bytes().order());
        }
        int at = 0;
        for (int frame = head; frame != END; frame = next[frame]) {
            buffer.put(at, umem.bytes(), (int) address[frame], length[frame]);
            at += length[frame];
        }
        gathered[head] = buffer;
        return head;
    }

    /** Of the packet that was finished last. */
    int totalBytes() {
        return total;
    }

    /** The bytes of a finished packet, from 0 on. */
    ByteBuffer bytes(int head) {
        return gathered[head];
    }

    /** The frame after this one, less the base; negative after the last. */
    int next(int frame) {
        return next[frame];
    }

    long address(int frame) {
        return address[frame];
    }

    int length(int frame) {
        return length[frame];
    }

    int count(int head) {
        int count = 0;
        for (int frame = head; frame != END; frame = next[frame]) {
            count++;
        }
        return count;
    }

    /** The packet is done with; its buffer is used again. */
    void forget(int head) {
        ByteBuffer buffer = gathered[head];
        gathered[head] = null;
        if (spares < KEPT_BUFFERS) {
            spare[spares++] = buffer;
        }
    }

    /** The sockets are closed: the end of a packet that was coming in will not come. */
    void abandon(Frames frames) {
        for (int frame = first; frame != END; frame = next[frame]) {
            frames.release(base + frame);
        }
        first = END;
    }
}
