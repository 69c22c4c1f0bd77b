package dev.weir.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A descriptor that any thread may use until its owner closes it. The last thread inside closes it, so a late user never
 * writes into a file that has inherited the number.
 *
 * <pre>{@code
 * if (shared.enter()) {
 *     try {
 *         // use shared.fd()
 *     } finally {
 *         shared.leave();
 *     }
 * }
 * }</pre>
 */
public final class SharedFd implements AutoCloseable {
    private static final int CLOSED = 1 << 30;
    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(SharedFd.class, "users", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Fd fd;

    /** Threads inside, plus {@link #CLOSED}. */
    @SuppressWarnings("unused") // through USERS
    private volatile int users;

    /** Takes over the descriptor. */
    public SharedFd(Fd fd) {
        this.fd = fd;
    }

    public Fd fd() {
        return fd;
    }

    /** True when the descriptor may be used, until {@link #leave}; false when it is closed. Any thread. */
    public boolean enter() {
        if (((int) USERS.getAndAdd(this, 1) & CLOSED) == 0) {
            return true;
        }
        leave();
        return false;
    }

    /** The end of a use that {@link #enter} allowed. */
    public void leave() {
        if ((int) USERS.getAndAdd(this, -1) == CLOSED + 1) {
            fd.close();
        }
    }

    @Override
    public void close() {
        if (((int) USERS.getAndBitwiseOr(this, CLOSED) & ~CLOSED) == 0) {
            fd.close();
        }
    }
}
