package dev.weir.linux.bpf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Ethernet frames for filter tests, written by hand so that the place of every byte is plain. */
record Frames(byte[] bytes) {
    private static final String ADDRESSES = "020000000001" + "020000000002";

    static Frames of(String hexadecimal) {
        return new Frames(HexFormat.of().parseHex(hexadecimal.replace(" ", "")));
    }

    static Frames udp(int port) {
        return of(ADDRESSES + "0800" + ipv4(17, "ffff" + hex16(port) + "000c0000" + "12345678"));
    }

    static Frames tcp(int port, String flags, String payload) {
        return of(ADDRESSES + "0800"
                + ipv4(
                        6,
                        "ffff" + hex16(port) + "0000000000000000" + "60" + flags + "ffff00000000" + "01010101"
                                + payload));
    }

    static Frames udp6(int port) {
        String payload = "ffff" + hex16(port) + "000c0000" + "12345678";
        return of(ADDRESSES + "86dd" + "60000000" + "000c" + "11" + "40" + "20010db8000000000000000000000001"
                + "20010db8000000000000000000000002" + payload);
    }

    private static String ipv4(int protocol, String payload) {
        return "46000030" + "00000000" + "40" + String.format("%02x", protocol) + "0000" + "0a000001" + "0a000002"
                + "01010101" + payload;
    }

    private static String hex16(int number) {
        return String.format("%04x", number);
    }

    /** The frame with a tag in front of its ether type. */
    Frames tagged(int tpid, int tci) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, 12);
        out.writeBytes(new byte[] {(byte) (tpid >> 8), (byte) tpid, (byte) (tci >> 8), (byte) tci});
        out.write(bytes, 12, bytes.length - 12);
        return new Frames(out.toByteArray());
    }

    Frames padded(int length) {
        byte[] longer = new byte[Math.max(length, bytes.length)];
        System.arraycopy(bytes, 0, longer, 0, bytes.length);
        return new Frames(longer);
    }

    boolean hasTag() {
        int type = Short.toUnsignedInt(buffer().getShort(12));
        return type == 0x8100 || type == 0x88A8;
    }

    int tpid() {
        return Short.toUnsignedInt(buffer().getShort(12));
    }

    int tci() {
        return Short.toUnsignedInt(buffer().getShort(14));
    }

    /** What the kernel leaves when it has taken out the outermost tag. */
    Frames withoutTag() {
        byte[] rest = new byte[bytes.length - 4];
        System.arraycopy(bytes, 0, rest, 0, 12);
        System.arraycopy(bytes, 16, rest, 12, bytes.length - 16);
        return new Frames(rest);
    }

    ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes);
    }

    ByteBuffer strip(int headerBytes) {
        return buffer().slice(headerBytes, bytes.length - headerBytes);
    }

    /** Untagged, tagged once with different tags, tagged twice; short, and long enough for any length test. */
    static List<Frames> all() {
        List<Frames> plain = List.of(
                udp(53),
                udp(54),
                udp(4711),
                udp(53).padded(100),
                tcp(80, "02", ""),
                tcp(80, "10", "47455420"),
                tcp(443, "18", "1603"),
                udp6(53),
                udp6(80).padded(200),
                of(ADDRESSES + "0800" + ipv4(1, "0800000000000000")),
                of(ADDRESSES + "0806" + "0001080006040001" + "00".repeat(20)),
                of("ffffffffffff020000000002" + "0800" + ipv4(17, "ffff0035000c0000")),
                of("01005e000001020000000002" + "0800" + ipv4(17, "ffff0035000c0000")),
                of(ADDRESSES + "8847" + "00001140" + ipv4(17, "ffff0035000c0000")),
                of(ADDRESSES + "8864" + "11000001003a0021" + ipv4(17, "ffff0035000c0000")),
                of(ADDRESSES + "0800"),
                of(ADDRESSES + "88b5" + "77".repeat(50)));
        List<Frames> frames = new ArrayList<>();
        for (Frames frame : plain) {
            frames.add(frame);
            frames.add(frame.tagged(0x8100, 5));
            frames.add(frame.tagged(0x8100, 0x6005));
            frames.add(frame.tagged(0x8100, 0xFFFE));
            frames.add(frame.tagged(0x88A8, 7));
            frames.add(frame.tagged(0x8100, 6).tagged(0x8100, 5));
            frames.add(frame.tagged(0x8100, 6).tagged(0x88A8, 0x6005));
        }
        return frames;
    }
}
