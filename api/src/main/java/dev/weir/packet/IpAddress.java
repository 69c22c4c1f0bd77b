package dev.weir.packet;

import dev.weir.WeirException;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address as two longs in network order; IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), told apart by the
 * version.
 *
 * @param version 4 or 6
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record IpAddress(int version, long high, long low) {
    /** What stands above the 32 bits of an IPv4 address in the low long. */
    public static final long IPV4_MAPPED = 0xffff_0000_0000L;

    /**
     * Reads an address from text, without asking any name service.
     *
     * @throws WeirException when the text is not an address
     */
    public static IpAddress parse(String text) {
        boolean v6 = text.indexOf(':') >= 0;
        if (text.isEmpty() || !text.matches(v6 ? "[0-9a-fA-F:.]+" : "[0-9]+(\\.[0-9]+){3}")) {
            throw new WeirException("not an IP address: " + text);
        }
        try {
            byte[] bytes = InetAddress.getByName(text).getAddress();
            if (v6 && bytes.length == 4) { // the JDK turns ::ffff:a.b.c.d into IPv4
                return new IpAddress(6, 0, IPV4_MAPPED | be(bytes, 0, 4));
            }
            return v6
                    ? new IpAddress(6, be(bytes, 0, 8), be(bytes, 8, 8))
                    : new IpAddress(4, 0, IPV4_MAPPED | be(bytes, 0, 4));
        } catch (UnknownHostException e) {
            throw new WeirException("not an IP address: " + text, e);
        }
    }

    private static long be(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | (bytes[offset + i] & 0xff);
        }
        return value;
    }

    /** Dotted decimal for version 4, RFC 5952 for version 6, empty for any other version. Allocates. */
    public static String format(int version, long high, long low) {
        if (version == 4) {
            return (low >>> 24 & 0xff) + "." + (low >>> 16 & 0xff) + "." + (low >>> 8 & 0xff) + "." + (low & 0xff);
        }
        return version == 6 ? formatV6(high, low) : "";
    }

    private static String formatV6(long high, long low) {
        if (high == 0 && low >>> 32 == 0xffff) {
            return "::ffff:" + format(4, 0, low);
        }
        int bestStart = -1;
        int bestLength = 1; // a single zero group is not shortened (RFC 5952, 4.2.2)
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && group(high, low, i + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
            i += length;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(high, low, i)));
            }
        }
        return text.toString();
    }

    private static int group(long high, long low, int index) {
        return (int) ((index < 4 ? high : low) >>> (3 - index % 4) * 16) & 0xffff;
    }

    @Override
    public String toString() {
        return format(version, high, low);
    }
}
