package dev.weir.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Direct bindings to the C library; the role classes of this package wrap them. Addresses and {@code size_t} are long.
 * A failed call returns -1 and {@link #errno()} tells the cause, read before anything else is called.
 *
 * <p>JNA's direct mapping knows no variadic functions. {@code ioctl}, {@code fcntl}, {@code open},
 * {@code mremap} and {@code syscall} are variadic in C and bound here with a fixed list of arguments. That is sound on the two architectures supported: the Linux calling
 * conventions of x86-64 and aarch64 pass integer and pointer arguments of a variadic call in the same registers as
 * those of a fixed one, and libffi always sets AL, the count of vector registers that x86-64 asks for. (Darwin on
 * aarch64 differs, which is why another platform is refused.) Their last argument is declared {@code long}, so that
 * all 64 bits of the register are defined.
 */
final class Libc {
    private static final String REFUSAL = bindAll();

    private Libc() {}

    private static String bindAll() {
        String system = System.getProperty("os.name");
        String machine = System.getProperty("os.arch");
        if (!"Linux".equals(system) || !("amd64".equals(machine) || "aarch64".equals(machine))) {
            return "live capture needs Linux on x86-64 or aarch64; this is " + system + " on " + machine;
        }
        try {
            Native.register(Libc.class, NativeLibrary.getInstance("c"));
            return "";
        } catch (LinkageError e) {
            return "the C library could not be bound through JNA: " + e.getMessage();
        }
    }

    static boolean isBound() {
        return REFUSAL.isEmpty();
    }

    /** Called where descriptors and mappings are born, so that nothing later meets an unbound function. */
    static void require() {
        if (!REFUSAL.isEmpty()) {
            throw new WeirException(REFUSAL);
        }
    }

    static int errno() {
        return Native.getLastError();
    }

    static String describe(int errno) {
        return REFUSAL.isEmpty() ? strerror(errno) : "no description";
    }

    /** The result itself, or minus errno when it is negative: the kernel's own convention. */
    static long result(long returned) {
        return returned >= 0 ? returned : -Native.getLastError();
    }

    static int result(int returned) {
        return returned >= 0 ? returned : -Native.getLastError();
    }

    /** For calls that are made once: the result, or an exception. */
    static int check(int returned, String call) {
        if (returned < 0) {
            throw new LinuxException(call, errno());
        }
        return returned;
    }

    /** As {@link #check(int, String)}, for calls that take one certain capability. */
    static int check(int returned, String call, Rights.Capability needed) {
        if (returned < 0) {
            throw LinuxException.needing(needed, call, errno());
        }
        return returned;
    }

    /** A view of foreign memory in native order. The buffer neither owns the memory nor knows when it goes. */
    static ByteBuffer view(long address, long lengthBytes) {
        return new Pointer(address).getByteBuffer(0, lengthBytes).order(ByteOrder.nativeOrder());
    }

    static long addressOf(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    static native int socket(int domain, int type, int protocol);

    static native int bind(int fd, long address, int addressLength);

    static native int connect(int fd, long address, int addressLength);

    static native int getsockname(int fd, long address, long addressLength);

    static native int setsockopt(int fd, int level, int option, long value, int valueLength);

    static native int getsockopt(int fd, int level, int option, long value, long valueLength);

    static native long send(int fd, long buffer, long length, int flags);

    static native long sendto(int fd, long buffer, long length, int flags, long address, int addressLength);

    static native long recv(int fd, long buffer, long length, int flags);

    static native long sendmsg(int fd, long message, int flags);

    static native long recvmsg(int fd, long message, int flags);

    static native int sendmmsg(int fd, long messages, int count, int flags);

    static native int recvmmsg(int fd, long messages, int count, int flags, long timeout);

    static native int ppoll(long pollFds, long count, long timeout, long signalMask);

    static native int eventfd(int initial, int flags);

    static native int open(String path, int flags, long mode);

    static native int close(int fd);

    static native long read(int fd, long buffer, long length);

    static native long write(int fd, long buffer, long length);

    static native int ioctl(int fd, long request, long argument);

    static native int fcntl(int fd, int command, long argument);

    static native long mmap(long hint, long length, int protection, int flags, int fd, long offset);

    static native long mremap(long from, long oldLength, long newLength, int flags, long to);

    static native int madvise(long address, long length, int advice);

    static native int munmap(long address, long length);

    static native int getpagesize();

    static native long if_nameindex();

    static native void if_freenameindex(long list);

    static native int setns(int fd, int type);

    static native int unshare(int flags);

    static native int sched_setaffinity(int threadId, long size, long mask);

    static native int sched_getaffinity(int threadId, long size, long mask);

    static native long syscall(long number, long first, long second, long third);

    static native int sched_setscheduler(int threadId, int policy, long param);

    static native int sched_getscheduler(int threadId);

    private static native String strerror(int errno);
}
