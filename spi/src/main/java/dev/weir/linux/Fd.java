package dev.weir.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Owns one file descriptor and closes it exactly once. The number of a closed descriptor is soon that of another file,
 * so {@link #number()} refuses after {@link #close()}.
 *
 * <p>Nothing closes a forgotten descriptor: an owner that opens several closes what it has when the next one fails.
 * Closing while another thread is inside a call on the descriptor is the caller's race; one thread owns it, or the
 * owner counts its users as {@link EventFd} does.
 */
public final class Fd implements AutoCloseable {
    private static final int CLOSED = -1;
    private static final VarHandle NUMBER;

    static {
        try {
            NUMBER = MethodHandles.lookup().findVarHandle(Fd.class, "number", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int number;

    private Fd(int number) {
        this.number = number;
    }

    /** Takes over an open descriptor, one that was handed down by a parent process for instance. */
    public static Fd owning(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a file descriptor: " + number);
        }
        Libc.require();
        return new Fd(number);
    }

    /** Another descriptor for what one is open for, which stays its owner's; close-on-exec. */
    public static Fd duplicateOf(int number) {
        Libc.require();
        return new Fd(Libc.check(Libc.fcntl(number, Fcntl.F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC)"));
    }

    /** @throws IllegalStateException when closed */
    public int number() {
        int current = number;
        if (current == CLOSED) {
            throw new IllegalStateException("the file descriptor is closed");
        }
        return current;
    }

    public boolean isOpen() {
        return number != CLOSED;
    }

    /** Has no effect the second time. What close itself reports is of no use: Linux frees the number in any case. */
    @Override
    public void close() {
        int current = (int) NUMBER.getAndSet(this, CLOSED);
        if (current != CLOSED) {
            Libc.close(current);
        }
    }

    @Override
    public String toString() {
        int current = number;
        return current == CLOSED ? "fd closed" : "fd " + current;
    }
}
