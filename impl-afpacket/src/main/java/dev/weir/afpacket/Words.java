package dev.weir.afpacket;

import java.nio.ByteOrder;

/** The parts of eight bytes that were read at once, in native order; counted as they stand in memory. */
final class Words {
    static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Words() {}

    /** Bytes 0 to 3. */
    static int firstInt(long bytes) {
        return (int) (LITTLE_ENDIAN ? bytes : bytes >>> 32);
    }

    /** Bytes 4 to 7. */
    static int secondInt(long bytes) {
        return (int) (LITTLE_ENDIAN ? bytes >>> 32 : bytes);
    }

    /** Bytes 0 and 1, without sign. */
    static int firstShort(long bytes) {
        return (int) (LITTLE_ENDIAN ? bytes : bytes >>> 48) & 0xffff;
    }

    /** Byte 2, without sign. */
    static int thirdByte(long bytes) {
        return (int) (LITTLE_ENDIAN ? bytes >>> 16 : bytes >>> 40) & 0xff;
    }
}
