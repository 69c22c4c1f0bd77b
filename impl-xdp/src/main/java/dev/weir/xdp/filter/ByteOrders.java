package dev.weir.xdp.filter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers in network order, into buffers that are in the machine's. */
final class ByteOrders {
    private static final boolean SWAP = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private ByteOrders() {}

    static void put16(ByteBuffer to, int offset, int value) {
        to.putShort(offset, SWAP ? Short.reverseBytes((short) value) : (short) value);
    }

    static void put32(ByteBuffer to, int offset, int value) {
        to.putInt(offset, SWAP ? Integer.reverseBytes(value) : value);
    }

    /** 128 bits. */
    static void put128(ByteBuffer to, int offset, long high, long low) {
        put32(to, offset, (int) (high >>> 32));
        put32(to, offset + 4, (int) high);
        put32(to, offset + 8, (int) (low >>> 32));
        put32(to, offset + 12, (int) low);
    }
}
