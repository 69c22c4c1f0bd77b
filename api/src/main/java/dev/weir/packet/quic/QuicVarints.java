package dev.weir.packet.quic;

import dev.weir.packet.Bytes;

/** Integers of variable length (RFC 9000, 16). */
final class QuicVarints {
    private QuicVarints() {}

    /** Bytes of an integer, by its first byte: 1, 2, 4 or 8. */
    static int lengthBytes(int firstByte) {
        return 1 << (firstByte >>> 6);
    }

    /** The integer at an offset, 0 to 2^62 - 1; -1 when it does not end before {@code limit}. */
    static long read(Bytes bytes, int offset, int limit) {
        if (offset >= limit) {
            return -1;
        }
        int first = bytes.u8(offset);
        if (limit - offset < lengthBytes(first)) {
            return -1;
        }
        return switch (first >>> 6) {
            case 0 -> first;
            case 1 -> bytes.u16(offset) & 0x3fff;
            case 2 -> bytes.u32(offset) & 0x3fff_ffff;
            default -> bytes.i64(offset) & 0x3fff_ffff_ffff_ffffL;
        };
    }
}
