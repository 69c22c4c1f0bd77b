package dev.weir.bench.jmh;

import java.nio.ByteBuffer;

/** Frames as the generator of the floods makes them. */
final class Frames {
    static final int BYTES = 64;

    private static final int IPV4_OFFSET = 14;
    private static final int UDP_OFFSET = 34;
    private static final int FIRST_SOURCE_PORT = 10_000;
    private static final int DISCARD_PORT = 9;

    private Frames() {}

    /** UDP over IPv4 over Ethernet; each flow has a source port of its own. */
    static byte[] udp4(int flow) {
        ByteBuffer frame = ByteBuffer.allocate(BYTES);
        frame.putShort(12, (short) 0x0800);
        frame.put(IPV4_OFFSET, (byte) 0x45);
        frame.putShort(IPV4_OFFSET + 2, (short) (BYTES - IPV4_OFFSET));
        frame.put(IPV4_OFFSET + 8, (byte) 64);
        frame.put(IPV4_OFFSET + 9, (byte) 17);
        frame.putInt(IPV4_OFFSET + 12, 0xc6120001); // 198.18.0.1, RFC 2544
        frame.putInt(IPV4_OFFSET + 16, 0xc6120002);
        frame.putShort(UDP_OFFSET, (short) (FIRST_SOURCE_PORT + flow));
        frame.putShort(UDP_OFFSET + 2, (short) DISCARD_PORT);
        frame.putShort(UDP_OFFSET + 4, (short) (BYTES - UDP_OFFSET));
        return frame.array();
    }
}
