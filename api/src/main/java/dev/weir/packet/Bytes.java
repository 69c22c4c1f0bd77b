package dev.weir.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A window of bytes in a larger buffer, re-wrapped instead of allocated. Offsets count from the start of the window;
 * multi-byte values are in network byte order (big-endian) and may stand at any offset. Reading outside the window
 * throws {@link IndexOutOfBoundsException}, so nothing that a packet says about its own length can lead elsewhere.
 *
 * <p>Used by one thread at a time. A window into a ring is valid as long as its packet is.
 *
 * <p>On JDK 17 to 23 memory outside the heap is read by {@code sun.misc.Unsafe}, behind the same bounds check; the system
 * property {@code dev.weir.unsafe=false} has it read through its buffer, as later JDKs do, which costs up to twice as much.
 */
public final class Bytes {
    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    static {
        // The JIT compiler does not inline an access to a buffer while a class in its signature is not loaded yet, and
        // nothing else loads these for sure: code that was compiled too early stayed three times slower for good.
        loadIfThere("jdk.internal.misc.ScopedMemoryAccess$Scope"); // JDK 17 and 18
        loadIfThere("jdk.internal.foreign.MemorySessionImpl"); // later ones
    }

    private ByteBuffer buffer = EMPTY;

    /** Of the buffer's byte 0, where it can be read without the buffer; else 0. See {@link DirectMemory}. */
    private long address;

    private int start;
    private int length;

    /** An empty window, to be wrapped. */
    public Bytes() {}

    /** A window over a whole array, for tests and tools. */
    public static Bytes of(byte[] bytes) {
        return new Bytes().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    /**
     * Moves the window. The buffer's position, limit mark and byte order do not matter; its capacity does.
     *
     * @throws IndexOutOfBoundsException when the window does not lie within the buffer's limit
     */
    public Bytes wrap(ByteBuffer buffer, int start, int length) {
        int room = buffer.limit() - start;
        if ((start | length | room | room - length) < 0) { // one comparison where checkFromIndexSize has two
            Objects.checkFromIndexSize(start, length, buffer.limit());
        }
        return at(buffer, start, length);
    }

    /** Moves the window to a part of another one. */
    public Bytes wrap(Bytes other, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, other.length);
        return at(other.buffer, other.start + offset, length);
    }

    /** Makes the window empty: nothing can be read through it until it is wrapped again. */
    public void unwrap() {
        length = 0;
    }

    private Bytes at(ByteBuffer buffer, int start, int length) {
        if (this.buffer != buffer) { // seldom: writing a reference costs a barrier of the garbage collector
            this.buffer = buffer;
            address = DirectMemory.addressOf(buffer);
        }
        this.start = start;
        this.length = length;
        return this;
    }

    /** As {@link Objects#checkFromIndexSize} for a size that is not negative. */
    private void check(int offset, int size) {
        if (offset < 0 || offset > length - size) {
            Objects.checkFromIndexSize(offset, size, length);
        }
    }

    /** Bytes in the window. */
    public int length() {
        return length;
    }

    /** The byte at an offset, 0..255. */
    public int u8(int offset) {
        Objects.checkIndex(offset, length);
        if (address != 0) {
            int value = DirectMemory.u8(address + start + offset);
            Reference.reachabilityFence(this);
            return value;
        }
        return buffer.get(start + offset) & 0xff;
    }

    /** Two bytes from an offset on, 0..65,535. */
    public int u16(int offset) {
        check(offset, Short.BYTES);
        if (address != 0) {
            int value = DirectMemory.u16(address + start + offset);
            Reference.reachabilityFence(this);
            return value;
        }
        return (short) SHORT.get(buffer, start + offset) & 0xffff;
    }

    /** Four bytes from an offset on, as a signed int with all 32 bits. */
    public int i32(int offset) {
        check(offset, Integer.BYTES);
        if (address != 0) {
            int value = DirectMemory.i32(address + start + offset);
            Reference.reachabilityFence(this);
            return value;
        }
        return (int) INT.get(buffer, start + offset);
    }

    /** Four bytes from an offset on, 0..4,294,967,295. */
    public long u32(int offset) {
        return i32(offset) & 0xffff_ffffL;
    }

    /** Eight bytes from an offset on, as a signed long with all 64 bits. */
    public long i64(int offset) {
        check(offset, Long.BYTES);
        if (address != 0) {
            long value = DirectMemory.i64(address + start + offset);
            Reference.reachabilityFence(this);
            return value;
        }
        return (long) LONG.get(buffer, start + offset);
    }

    /**
     * The ones' complement sum of 16-bit words, folded to 32 bits (RFC 1071, 2: of larger words it is the same); an odd
     * last byte counts as the upper half of a word.
     */
    long onesComplementSum(int offset, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        int at = start + offset;
        int end = at + count;
        long sum = 0;
        // 64 KiB are 8,192 steps, each of which adds less than 2^33: no overflow
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long word = (long) LONG.get(buffer, at);
            sum += (word >>> 32) + (word & 0xffff_ffffL);
        }
        if (end - at >= Integer.BYTES) {
            sum += (int) INT.get(buffer, at) & 0xffff_ffffL;
            at += Integer.BYTES;
        }
        if (end - at >= Short.BYTES) {
            sum += (short) SHORT.get(buffer, at) & 0xffff;
            at += Short.BYTES;
        }
        if (at < end) {
            sum += (buffer.get(at) & 0xff) << 8;
        }
        return (sum & 0xffff_ffffL) + (sum >>> 32);
    }

    /** Copies bytes out of the window. */
    public void get(int offset, byte[] destination, int destinationOffset, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        buffer.get(start + offset, destination, destinationOffset, count);
    }

    /** Copies bytes out of the window to the destination's position, which moves on. */
    public void get(int offset, ByteBuffer destination, int count) {
        Objects.checkFromIndexSize(offset, count, length);
        // ByteBuffer.put(int, ByteBuffer, int, int): an absolute bulk copy, no slice, no position of ours to restore
        destination.put(destination.position(), buffer, start + offset, count);
        destination.position(destination.position() + count);
    }

    /** A copy of the whole window. Allocates. */
    public byte[] toByteArray() {
        byte[] copy = new byte[length];
        get(0, copy, 0, length);
        return copy;
    }

    /** A read-only buffer over the window, position 0, big-endian; valid as long as the window's memory. Allocates. */
    public ByteBuffer asByteBuffer() {
        return buffer.slice(start, length).asReadOnlyBuffer().order(ByteOrder.BIG_ENDIAN);
    }

    private static void loadIfThere(String className) {
        try {
            Class.forName(className);
        } catch (ClassNotFoundException otherJdk) {
            // then there is nothing to load
        }
    }
}
