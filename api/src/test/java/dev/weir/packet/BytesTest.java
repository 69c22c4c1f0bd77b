package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BytesTest {
    private static final int START = 3;
    private static final int LENGTH = 12;

    /** 20 bytes that count up from 0xf0, in heap and direct memory. */
    static List<ByteBuffer> buffers() {
        return List.of(fill(ByteBuffer.allocate(20)), fill(ByteBuffer.allocateDirect(20)));
    }

    private static ByteBuffer fill(ByteBuffer buffer) {
        for (int i = 0; i < 20; i++) {
            buffer.put(i, (byte) (0xf0 + i));
        }
        return buffer.order(ByteOrder.LITTLE_ENDIAN).position(7); // neither may matter
    }

    @ParameterizedTest
    @MethodSource("buffers")
    void readsNetworkByteOrderAtAnyOffset(ByteBuffer buffer) {
        Bytes bytes = new Bytes().wrap(buffer, START, LENGTH);
        assertEquals(LENGTH, bytes.length());
        assertEquals(0xf3, bytes.u8(0));
        assertEquals(0xf4f5, bytes.u16(1));
        assertEquals(0xf6f7f8f9, bytes.i32(3));
        assertEquals(0xf6f7f8f9L, bytes.u32(3));
        assertEquals(0xf6f7f8f9fafbfcfdL, bytes.i64(3));
    }

    @ParameterizedTest
    @MethodSource("buffers")
    void readingOutsideTheWindowIsRefusedAlthoughTheBufferGoesOn(ByteBuffer buffer) {
        Bytes bytes = new Bytes().wrap(buffer, START, LENGTH);
        assertWithin(bytes::u8, 1);
        assertWithin(bytes::u16, 2);
        assertWithin(bytes::i32, 4);
        assertWithin(bytes::u32, 4);
        assertWithin(bytes::i64, 8);
        assertWithin(offset -> bytes.get(offset, new byte[5], 0, 5), 5);
        assertWithin(offset -> bytes.get(offset, ByteBuffer.allocate(5), 5), 5);
        assertWithin(offset -> new Bytes().wrap(bytes, offset, 6), 6);
        assertThrows(IndexOutOfBoundsException.class, () -> new Bytes().wrap(buffer, 15, 6));
        assertThrows(IndexOutOfBoundsException.class, () -> new Bytes().wrap(buffer, -1, 6));
        assertThrows(IndexOutOfBoundsException.class, () -> new Bytes().u8(0));
        Bytes short2 = new Bytes().wrap(buffer, START, 2);
        for (int offset = Integer.MAX_VALUE - 9; offset > 0; offset++) {
            int far = offset;
            assertThrows(IndexOutOfBoundsException.class, () -> short2.i64(far), "nothing may wrap around");
        }
    }

    @ParameterizedTest
    @MethodSource("buffers")
    void itGoesFromOneBufferToAnother(ByteBuffer buffer) {
        Bytes bytes = new Bytes();
        for (ByteBuffer next : List.of(buffer, ByteBuffer.allocate(4), buffer, ByteBuffer.allocateDirect(4), buffer)) {
            bytes.wrap(next, 2, 2);
            assertEquals(next == buffer ? 0xf2f3 : 0, bytes.u16(0));
            assertEquals(next == buffer ? 0xf3 : 0, bytes.u8(1));
        }
    }

    private static void assertWithin(IntConsumer read, int size) {
        read.accept(0);
        read.accept(LENGTH - size);
        for (int offset : new int[] {-1, LENGTH - size + 1, LENGTH, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> read.accept(offset), "offset " + offset);
        }
    }

    @ParameterizedTest
    @MethodSource("buffers")
    void copiesOut(ByteBuffer buffer) {
        Bytes bytes = new Bytes().wrap(new Bytes().wrap(buffer, 1, 15), 2, 4);
        byte[] expected = {(byte) 0xf3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6};
        assertArrayEquals(expected, bytes.toByteArray());
        ByteBuffer copy = ByteBuffer.allocate(6).position(1);
        bytes.get(0, copy, 4);
        assertEquals(5, copy.position());
        assertEquals((byte) 0xf6, copy.get(4));
        assertEquals(7, buffer.position(), "the source's position is not moved");
        ByteBuffer view = bytes.asByteBuffer();
        assertTrue(view.isReadOnly());
        assertEquals(0xf3f4f5f6, view.getInt());
    }
}
