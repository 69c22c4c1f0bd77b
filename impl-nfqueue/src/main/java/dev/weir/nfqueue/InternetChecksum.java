package dev.weir.nfqueue;

import java.nio.ByteBuffer;

/** The sum of RFC 1071. */
final class InternetChecksum {
    private InternetChecksum() {}

    /**
     * The one's complement sum of 16-bit words, folded to 16 bits; of larger words it is the same.
     *
     * @param bytes big-endian
     * @param start what was summed before
     */
    static int sum(ByteBuffer bytes, int from, int count, int start) {
        long sum = start;
        int at = from;
        int end = from + count;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long word = bytes.getLong(at);
            sum += (word >>> 32) + (word & 0xffff_ffffL);
        }
        for (; end - at >= Short.BYTES; at += Short.BYTES) {
            sum += bytes.getShort(at) & 0xffff;
        }
        if (at < end) {
            sum += (bytes.get(at) & 0xff) << 8;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }
}
