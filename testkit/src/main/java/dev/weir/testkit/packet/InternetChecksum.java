package dev.weir.testkit.packet;

/** The ones' complement sum of IPv4, ICMP, TCP and UDP (RFC 1071). */
final class InternetChecksum {
    private InternetChecksum() {}

    /** Adds 16-bit words in network order to a sum; an odd last byte counts as the upper half of a word. */
    static long add(long sum, byte[] bytes, int offset, int length) {
        int i = offset;
        int end = offset + length;
        for (; i + 1 < end; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
        }
        return i < end ? sum + ((bytes[i] & 0xff) << 8) : sum;
    }

    /** Folds the carries in and inverts. */
    static int finish(long sum) {
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) ~sum & 0xffff;
    }
}
