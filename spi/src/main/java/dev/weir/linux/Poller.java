package dev.weir.linux;

import dev.weir.linux.Poll.PollFd;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Sleeps until a descriptor is ready. The set of descriptors is fixed when it is made; a call allocates nothing. For one
 * thread. It does not own the descriptors: make it after them, drop it before they are closed.
 *
 * <p>A Java interrupt does not end the sleep; register an {@link EventFd} for that.
 */
public final class Poller {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** {@code struct timespec} on a 64-bit machine: seconds, then nanoseconds. */
    private static final int TIMESPEC_NANOS = 8;

    private static final int TIMESPEC_BYTES = 16;

    private final int count;
    private final NativeBuffer entries;
    private final ByteBuffer entryBytes;
    private final NativeBuffer timespec = NativeBuffer.allocate(TIMESPEC_BYTES);

    /** Every descriptor is watched for {@link Poll#IN}; {@link #watch} changes that. */
    public Poller(Fd... fds) {
        count = fds.length;
        entries = NativeBuffer.allocate(Math.max(1, count) * PollFd.BYTES);
        entryBytes = entries.bytes();
        for (int i = 0; i < count; i++) {
            entryBytes.putInt(i * PollFd.BYTES + PollFd.FD, fds[i].number());
            watch(i, Poll.IN);
        }
    }

    /** @param events {@link Poll#IN}, {@link Poll#OUT}, both, or 0 to hear of errors alone */
    public void watch(int index, int events) {
        entryBytes.putShort(index * PollFd.BYTES + PollFd.EVENTS, (short) events);
    }

    /** Leaves the descriptor out from now on, even its errors: after it was closed, or while its errors are known. */
    public void ignore(int index) {
        entryBytes.putInt(index * PollFd.BYTES + PollFd.FD, -1);
    }

    /**
     * The number of ready descriptors; 0 when the time is over or a signal came in between.
     *
     * @param timeoutNs 0 looks without sleeping, a negative value waits without end
     */
    public int poll(long timeoutNs) {
        long timeout = 0;
        if (timeoutNs >= 0) {
            timespec.bytes().putLong(0, timeoutNs / NANOS_PER_SECOND);
            timespec.bytes().putLong(TIMESPEC_NANOS, timeoutNs % NANOS_PER_SECOND);
            timeout = timespec.address();
        }
        int ready = Libc.ppoll(entries.address(), count, timeout, 0);
        Reference.reachabilityFence(this);
        if (ready < 0) {
            int errno = Libc.errno();
            if (errno != Errno.EINTR) {
                throw new LinuxException("ppoll", errno);
            }
            for (int i = 0; i < count; i++) {
                entryBytes.putShort(i * PollFd.BYTES + PollFd.REVENTS, (short) 0);
            }
            return 0;
        }
        return ready;
    }

    /** What the last {@link #poll} found, bits of {@link Poll}. */
    public int events(int index) {
        return entryBytes.getShort(index * PollFd.BYTES + PollFd.REVENTS);
    }

    public boolean isReadable(int index) {
        return (events(index) & Poll.IN) != 0;
    }

    /** An error, a hang-up or a descriptor that is closed: ask the descriptor which. */
    public boolean hasFailed(int index) {
        return (events(index) & (Poll.ERR | Poll.HUP | Poll.NVAL)) != 0;
    }
}
