package dev.weir.packet.tls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Makes hellos and the records around them. */
public final class Hellos {
    private final ByteArrayOutputStream extensions = new ByteArrayOutputStream();
    private int version = TlsVersions.TLS_1_2;
    private int[] suites = {0x1301, 0x1302, 0xc02b};
    private byte[] sessionId = new byte[32];

    private Hellos() {}

    /** A ClientHello without extensions. */
    public static Hellos client() {
        return new Hellos();
    }

    /** As a browser of 2024 sends it, GREASE and a post-quantum key share included: longer than a segment. */
    public static Hellos browser(String name) {
        return client().suites(
                        0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x9c, 0x9d,
                        0x2f)
                .extension(0x2a2a, new byte[0])
                .serverName(name)
                .extension(10, list16(0x3a3a, 0x11ec, 29, 23, 24))
                .extension(11, new byte[] {1, 0})
                .extension(13, list16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))
                .alpn("h2", "http/1.1")
                .extension(43, new byte[] {6, 0x4a, 0x4a, 3, 4, 3, 3})
                .keyShares(0x3a3a, 1, 0x11ec, 1216, 29, 32)
                .extension(0x5a5a, new byte[1]);
    }

    public Hellos version(int version) {
        this.version = version;
        return this;
    }

    public Hellos suites(int... suites) {
        this.suites = suites;
        return this;
    }

    public Hellos sessionId(int length) {
        sessionId = new byte[length];
        return this;
    }

    public Hellos extension(int type, byte[] data) {
        extensions.writeBytes(u16(type));
        extensions.writeBytes(u16(data.length));
        extensions.writeBytes(data);
        return this;
    }

    public Hellos serverName(String name) {
        byte[] host = name.getBytes(StandardCharsets.ISO_8859_1);
        return extension(0, join(u16(host.length + 3), new byte[1], u16(host.length), host));
    }

    public Hellos alpn(String... names) {
        byte[] list = {};
        for (String name : names) {
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            list = join(list, new byte[] {(byte) bytes.length}, bytes);
        }
        return extension(16, join(u16(list.length), list));
    }

    /** Pairs of a group and the length of its key. */
    public Hellos keyShares(int... pairs) {
        byte[] list = {};
        for (int i = 0; i < pairs.length; i += 2) {
            list = join(list, u16(pairs[i]), u16(pairs[i + 1]), new byte[pairs[i + 1]]);
        }
        return extension(51, join(u16(list.length), list));
    }

    /** The ClientHello as a handshake message. */
    public byte[] message() {
        byte[] list = {};
        for (int suite : suites) {
            list = join(list, u16(suite));
        }
        byte[] body = join(
                u16(version),
                new byte[32],
                new byte[] {(byte) sessionId.length},
                sessionId,
                u16(list.length),
                list,
                new byte[] {1, 0});
        return message(1, extensions.size() == 0 ? body : join(body, extensionBlock()));
    }

    /** A ServerHello with the same extensions and the first suite. */
    public byte[] serverMessage(byte[] random) {
        byte[] body = join(
                u16(version), random, new byte[] {(byte) sessionId.length}, sessionId, u16(suites[0]), new byte[1]);
        return message(2, extensions.size() == 0 ? body : join(body, extensionBlock()));
    }

    private byte[] extensionBlock() {
        return join(u16(extensions.size()), extensions.toByteArray());
    }

    /** A handshake message of a type. */
    public static byte[] message(int type, byte[] body) {
        return join(ByteBuffer.allocate(4).putInt(type << 24 | body.length).array(), body);
    }

    /** One record. */
    public static byte[] record(int type, byte[] fragment) {
        return join(new byte[] {(byte) type, 3, 1}, u16(fragment.length), fragment);
    }

    /** A message in records of at most so many bytes. */
    public static byte[] records(byte[] message, int fragmentLength) {
        byte[] all = {};
        for (int at = 0; at < message.length; at += fragmentLength) {
            byte[] fragment = new byte[Math.min(fragmentLength, message.length - at)];
            System.arraycopy(message, at, fragment, 0, fragment.length);
            all = join(all, record(22, fragment));
        }
        return all;
    }

    /** The data of an extension that is a list of numbers of two bytes. */
    public static byte[] list16(int... values) {
        byte[] list = {};
        for (int value : values) {
            list = join(list, u16(value));
        }
        return join(u16(list.length), list);
    }

    static byte[] u16(int value) {
        return new byte[] {(byte) (value >>> 8), (byte) value};
    }

    /** Arrays in a row. */
    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
