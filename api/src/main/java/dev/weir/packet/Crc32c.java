package dev.weir.packet;

/** The checksum of SCTP (RFC 9260, appendix A): CRC32c, reflected, its bytes in little-endian order. */
final class Crc32c {
    private static final int POLYNOMIAL = 0x82f63b78;
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            int value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) != 0 ? value >>> 1 ^ POLYNOMIAL : value >>> 1;
            }
            TABLE[i] = value;
        }
    }

    private Crc32c() {}

    /** As it would be read in network order; the four bytes of the field itself count as zeros. */
    static int ofSctp(Bytes bytes, int offset, int length, int field) {
        int crc = -1;
        for (int i = 0; i < length; i++) {
            int octet = i >= field && i < field + Integer.BYTES ? 0 : bytes.u8(offset + i);
            crc = TABLE[(crc ^ octet) & 0xff] ^ crc >>> 8;
        }
        return Integer.reverseBytes(~crc);
    }
}
