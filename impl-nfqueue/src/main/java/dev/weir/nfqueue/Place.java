package dev.weir.nfqueue;

import java.nio.ByteBuffer;

/** What a queue knows of a packet that is out. Goes with its slot. */
final class Place {
    /** Up to here copying a packet out costs less than keeping its buffer. */
    static final int COPY_BYTES = 512;

    private static final int KEPT_MAX = 4096;

    int id;
    long order;
    int mark;
    int skbInfo;
    int outputInterface;

    /** Where the packet is; null when it was copied out. */
    ReceiveBuffers.Buffer buffer;

    private ByteBuffer copy;

    ByteBuffer room(int length) {
        if (copy == null || copy.capacity() < length) {
            copy = ByteBuffer.allocate(Math.max(COPY_BYTES, length));
        }
        return copy;
    }

    void trim() {
        if (copy != null && copy.capacity() > KEPT_MAX) {
            copy = null;
        }
    }
}
