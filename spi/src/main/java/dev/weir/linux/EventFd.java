package dev.weir.linux;

import java.lang.ref.Reference;

/**
 * Wakes a thread that sleeps in {@link Poller#poll}. Any thread may {@link #signal()}; the sleeping thread registers
 * {@link #fd()} with {@link Poll#IN} and calls {@link #drain()} when it wakes. Signals before a drain count as one.
 *
 * <p>A signal that races with {@link #close()} is dropped ({@link SharedFd}).
 */
public final class EventFd implements AutoCloseable {
    /** From {@code sys/eventfd.h}: the values of O_CLOEXEC and O_NONBLOCK, alike on x86-64 and aarch64. */
    private static final int EFD_CLOEXEC = 0x80000;

    private static final int EFD_NONBLOCK = 0x800;
    private static final int COUNTER_BYTES = Long.BYTES;

    private final SharedFd shared;
    private final NativeBuffer one = NativeBuffer.allocate(COUNTER_BYTES);
    private final NativeBuffer drained = NativeBuffer.allocate(COUNTER_BYTES);

    private EventFd(Fd fd) {
        shared = new SharedFd(fd);
        one.bytes().putLong(0, 1);
    }

    public static EventFd open() {
        Libc.require();
        return new EventFd(Fd.owning(Libc.check(Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")));
    }

    public Fd fd() {
        return shared.fd();
    }

    /** Wakes the poller. Never blocks, never throws; costs one system call. */
    public void signal() {
        if (shared.enter()) {
            // EAGAIN would say that 2^64 - 2 signals are pending: the poller wakes in any case.
            Libc.write(fd().number(), one.address(), COUNTER_BYTES);
            Reference.reachabilityFence(this);
            shared.leave();
        }
    }

    /**
     * Takes back all signals given so far; true when there was one. For the polling thread alone. What was signalled
     * for has to be looked at after this call, not before, or a signal in between is lost.
     */
    public boolean drain() {
        return Libc.read(fd().number(), drained.address(), COUNTER_BYTES) == COUNTER_BYTES;
    }

    @Override
    public void close() {
        shared.close();
    }
}
