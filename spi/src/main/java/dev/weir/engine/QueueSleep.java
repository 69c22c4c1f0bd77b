package dev.weir.engine;

import dev.weir.linux.RunDelay;
import dev.weir.linux.Scheduling;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Spin;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The sleep of a queue's owner: in the backend while it reads, parked while it may not. Wakers pay only for sleepers. */
final class QueueSleep {
    private static final int AWAKE = 0;
    private static final int IN_AWAIT = 1;
    private static final int PARKED = 2;

    private final CaptureQueue queue;
    private final boolean never;
    private final boolean spareTimeOnly;

    /** Null where it never spins. */
    private final AdaptiveSpin spin;

    /** Null where it does not matter, or nobody knows. */
    private SpareTime spareTime;

    private RunDelay delay;

    private volatile int sleeping = AWAKE;
    private volatile Thread owner;

    /** @param never true to spin for ever */
    QueueSleep(CaptureQueue queue, boolean never) {
        this.queue = queue;
        this.never = never;
        Spin wanted = queue.spin();
        this.spareTimeOnly = wanted.spareTimeOnly();
        this.spin = wanted.longestNs() > 0 ? new AdaptiveSpin(wanted.longestNs()) : null;
    }

    /** For the owner, first. */
    void ownedByThisThread() {
        owner = Thread.currentThread();
        if (never || !spareTimeOnly) {
            return;
        }
        // Without it all goes as well, only with less that comes at once: no reason to fail or to tell.
        Scheduling.preemptNobody();
        if (spin != null) {
            delay = RunDelay.ofThisThread();
            spareTime = new SpareTime(delay == null ? () -> -1 : delay::waitedNs);
        }
    }

    /** For the owner, last. */
    void close() {
        if (delay != null) {
            delay.close();
        }
    }

    /** True when a queue that has been emptied is slept on without another look at it. */
    boolean isAtOnce() {
        return !never && (spin == null || spareTime != null && !(spin.pays() && spareTime.wasThere()));
    }

    /**
     * There was work.
     *
     * @param sinceNs when it came, by {@link System#nanoTime()}
     */
    void worked(long sinceNs) {
        if (spin != null) {
            spin.worked(sinceNs);
        }
    }

    /** There is none: true to look again at once, false to sleep. */
    boolean spins() {
        if (never || spin != null && mayLookAgain(System.nanoTime())) {
            if (spareTime != null) {
                Thread.yield(); // to who waits for this processor, which a look cannot know of
            } else {
                Thread.onSpinWait();
            }
            return true;
        }
        return false;
    }

    private boolean mayLookAgain(long nowNs) {
        boolean again = spin.again(nowNs);
        return again && (spareTime == null || spin.pays() && spareTime.isThere(nowNs));
    }

    /**
     * Sleeps unless there is news.
     *
     * @param reading true to wake when packets come
     * @param news looked at once more after it is known that this thread goes to sleep
     */
    void sleep(boolean reading, BooleanSupplier news, long timeoutNs) {
        sleeping = reading ? IN_AWAIT : PARKED;
        // The volatile write above is ordered before these reads; wakers write first and then read the flag.
        VarHandle.fullFence();
        if (!news.getAsBoolean()) {
            if (reading) {
                queue.await(timeoutNs);
            } else {
                LockSupport.parkNanos(this, timeoutNs);
            }
        }
        sleeping = AWAKE;
    }

    /** Wakes the owner if it sleeps. Any thread. */
    void wake() {
        VarHandle.fullFence();
        int how = sleeping;
        if (how == IN_AWAIT) {
            queue.wakeup();
        } else if (how == PARKED) {
            LockSupport.unpark(owner);
        }
    }
}
