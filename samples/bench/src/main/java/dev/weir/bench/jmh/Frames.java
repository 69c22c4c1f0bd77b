package dev.weir.bench.jmh;

import java.nio.ByteBuffer;

/** Frames as a receive ring holds them: many flows side by side in memory outside the heap. */
final class Frames {
    /** Distance of two 64-byte frames in a TPACKET_V3 block: 82 bytes of ring headers, the frame, aligned to 16. */
    static final int STRIDE = 160;

    private static final int FRAME_BYTES = 64;
    private static final int IPV4_OFFSET = 14;
    private static final int UDP_OFFSET = 34;

    private Frames() {}

    /** UDP over IPv4 over Ethernet, 64 bytes each, every frame from a port of its own. */
    static ByteBuffer udp4(int count) {
        ByteBuffer frames = ByteBuffer.allocateDirect(count * STRIDE);
        for (int i = 0; i < count; i++) {
            int frame = i * STRIDE;
            frames.putShort(frame + 12, (short) 0x0800);
            frames.put(frame + IPV4_OFFSET, (byte) 0x45);
            frames.putShort(frame + IPV4_OFFSET + 2, (short) (FRAME_BYTES - IPV4_OFFSET));
            frames.put(frame + IPV4_OFFSET + 8, (byte) 64);
            frames.put(frame + IPV4_OFFSET + 9, (byte) 17);
            frames.putInt(frame + IPV4_OFFSET + 12, 0xc6120001);
            frames.putInt(frame + IPV4_OFFSET + 16, 0xc6120002);
            frames.putShort(frame + UDP_OFFSET, (short) (10_000 + i));
            frames.putShort(frame + UDP_OFFSET + 2, (short) 9);
            frames.putShort(frame + UDP_OFFSET + 4, (short) (FRAME_BYTES - UDP_OFFSET));
        }
        return frames;
    }

    static int length() {
        return FRAME_BYTES;
    }
}
