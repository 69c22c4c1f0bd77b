package dev.weir.packet;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads memory outside the heap by its address. A buffer checks each access anew and keeps the compiler from merging those
 * checks: a packet is read in two thirds of the time without them. Who calls this has checked the bounds, and keeps the buffer
 * reachable; nothing is written.
 *
 * <p>It is {@code sun.misc.Unsafe} that does it, of JDK 17 to 23: later ones warn of it, and there, as where the module
 * jdk.unsupported is missing or the system property {@code dev.weir.unsafe} is {@code false}, buffers are read as buffers.
 */
final class DirectMemory {
    private static final int FIRST_FEATURE_THAT_WARNS = 24;
    private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final Object UNSAFE = unsafe();

    private static final MethodHandle BYTE = reader("getByte", byte.class);
    private static final MethodHandle SHORT = reader("getShort", short.class);
    private static final MethodHandle INT = reader("getInt", int.class);
    private static final MethodHandle LONG = reader("getLong", long.class);
    private static final MethodHandle ADDRESS = addressReader();

    private DirectMemory() {}

    /** Null where it is not to be used. */
    private static Object unsafe() {
        String machine = System.getProperty("os.arch"); // both read at any address, aligned or not
        if (Runtime.version().feature() >= FIRST_FEATURE_THAT_WARNS
                || !("amd64".equals(machine) || "aarch64".equals(machine))
                || "false".equals(System.getProperty("dev.weir.unsafe"))) {
            return null;
        }
        try {
            Class<?> type = Class.forName("sun.misc.Unsafe");
            DirectMemory.class.getModule().addReads(type.getModule());
            Field instance = type.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return instance.get(null);
        } catch (ReflectiveOperationException | RuntimeException unsupported) {
            return null;
        }
    }

    private static MethodHandle reader(String name, Class<?> result) {
        return method(name, MethodType.methodType(result, long.class));
    }

    private static MethodHandle method(String name, MethodType type) {
        if (UNSAFE == null) {
            return null;
        }
        try {
            return MethodHandles.lookup()
                    .findVirtual(UNSAFE.getClass(), name, type)
                    .bindTo(UNSAFE);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static MethodHandle addressReader() {
        if (UNSAFE == null) {
            return null;
        }
        try {
            long offset = (long) method("objectFieldOffset", MethodType.methodType(long.class, Field.class))
                    .invoke(Buffer.class.getDeclaredField("address"));
            MethodHandle field = method("getLong", MethodType.methodType(long.class, Object.class, long.class));
            return MethodHandles.insertArguments(field, 1, offset)
                    .asType(MethodType.methodType(long.class, ByteBuffer.class));
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Where a buffer's byte 0 is; 0 when it is in the heap, or is to be read as a buffer. */
    static long addressOf(ByteBuffer buffer) {
        if (ADDRESS == null || !buffer.isDirect()) {
            return 0;
        }
        try {
            return (long) ADDRESS.invokeExact(buffer);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    static int u8(long address) {
        try {
            return (byte) BYTE.invokeExact(address) & 0xff;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    /** Big-endian, as all that follow. */
    static int u16(long address) {
        try {
            short read = (short) SHORT.invokeExact(address);
            return (SWAPPED ? Short.reverseBytes(read) : read) & 0xffff;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    static int i32(long address) {
        try {
            int read = (int) INT.invokeExact(address);
            return SWAPPED ? Integer.reverseBytes(read) : read;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    static long i64(long address) {
        try {
            long read = (long) LONG.invokeExact(address);
            return SWAPPED ? Long.reverseBytes(read) : read;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }
}
