package dev.weir.testkit.packet;

import dev.weir.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/** What callers of {@link PacketBuilder} may say. */
final class Arguments {
    private static final int BYTE_MAX = 0xff;
    private static final int SHORT_MAX = 0xffff;

    private Arguments() {}

    static int range(String what, int value, int most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(what + " must be 0 to " + most + ", not " + value);
        }
        return value;
    }

    static int port(int port) {
        return range("port", port, SHORT_MAX);
    }

    static int fragmentOffset(int offset) {
        if (offset % 8 != 0) {
            throw new IllegalArgumentException("a fragment's offset must be a multiple of 8, not " + offset);
        }
        return range("fragment offset", offset, 65_528);
    }

    static byte[] address(int version, String text) {
        IpAddress address = IpAddress.parse(text);
        if (address.version() != version) {
            throw new IllegalArgumentException("not an IPv" + version + " address: " + text);
        }
        return version == 4
                ? ByteBuffer.allocate(4).putInt((int) address.low()).array()
                : ByteBuffer.allocate(16)
                        .putLong(address.high())
                        .putLong(address.low())
                        .array();
    }

    static byte[] mac(String text) {
        String[] parts = Objects.requireNonNull(text, "text").split(":");
        byte[] bytes = new byte[6];
        if (parts.length != bytes.length) {
            throw new IllegalArgumentException("not an Ethernet address: " + text);
        }
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) range("Ethernet address byte", Integer.parseInt(parts[i], 16), BYTE_MAX);
        }
        return bytes;
    }
}
