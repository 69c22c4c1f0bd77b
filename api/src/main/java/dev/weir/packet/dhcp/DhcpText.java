package dev.weir.packet.dhcp;

import dev.weir.packet.Bytes;

/** Parts of messages as text. Allocates. */
public final class DhcpText {
    private static final int MAC_BYTES = 6;

    private DhcpText() {}

    /** Printable ASCII as it is, everything else as {@code \DDD}; without the zeros at the end that some senders add. */
    static String printable(Bytes bytes, int offset, int length) {
        int end = offset + length;
        while (end > offset && bytes.u8(end - 1) == 0) {
            end--;
        }
        StringBuilder text = new StringBuilder(end - offset);
        for (int i = offset; i < end; i++) {
            int octet = bytes.u8(i);
            if (octet >= ' ' && octet <= '~') {
                text.append((char) octet);
            } else {
                text.append('\\').append((char) ('0' + octet / 100));
                text.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
            }
        }
        return text.toString();
    }

    /** The whole window, as {@link #printable(Bytes, int, int)}. */
    public static String printable(Bytes bytes) {
        return printable(bytes, 0, bytes.length());
    }

    /** {@code 00:11:22:33:44:55}. */
    public static String mac(long mac) {
        StringBuilder text = new StringBuilder(3 * MAC_BYTES);
        for (int i = MAC_BYTES - 1; i >= 0; i--) {
            octet((int) (mac >>> 8 * i) & 0xff, text);
            if (i > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    /** Octets in hexadecimal with colons between. */
    public static String octets(Bytes bytes) {
        StringBuilder text = new StringBuilder(3 * bytes.length());
        for (int i = 0; i < bytes.length(); i++) {
            if (i > 0) {
                text.append(':');
            }
            octet(bytes.u8(i), text);
        }
        return text.toString();
    }

    private static void octet(int octet, StringBuilder text) {
        text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
    }
}
