package dev.weir.engine;

import dev.weir.linux.MemoryBarrier;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who has a queue and its books: the thread that owns it, or, once the end of the pipeline is overdue, the thread that
 * waits for that end. While a classifier runs, the owner keeps its hands off, so that another thread may take the queue
 * from an owner whose classifier does not return; the owner then finds it gone and must end without touching anything.
 *
 * <p>The owner says with every packet that it judges and that it does so no more, and looks each time whether somebody wants
 * the queue. That its store comes before its look (Dekker's problem) would cost a barrier of 5 ns and more a packet; instead
 * the one who wants the queue, once in the life of a pipeline, has all threads pass one ({@link MemoryBarrier}). The compiler
 * keeps the order by the fence between the two, which on x86-64 is no instruction.
 */
final class Ownership {
    private static final boolean OWNER_NEEDS_BARRIER = !MemoryBarrier.isAvailable();

    private static final VarHandle JUDGING;
    private static final VarHandle WANTED;

    static {
        try {
            JUDGING = MethodHandles.lookup().findVarHandle(Ownership.class, "judging", boolean.class);
            WANTED = MethodHandles.lookup().findVarHandle(Ownership.class, "wanted", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through JUDGING; written by the owner
    private boolean judging;

    @SuppressWarnings("unused") // through WANTED; written by who wants the queue
    private boolean wanted;

    /** Another thread has the queue; written under the lock. */
    private volatile boolean taken;

    /** The owner has ended; under the lock. */
    private boolean over;

    /** A classifier is going to run. Release: who takes over sees books and lists as they are now. For the owner. */
    void beginJudging() {
        JUDGING.setRelease(this, true);
    }

    /** The classifier has returned, or thrown: true when the queue is still the owner's. For the owner. */
    boolean endJudging() {
        JUDGING.setRelease(this, false);
        if (OWNER_NEEDS_BARRIER) {
            VarHandle.fullFence();
        } else {
            VarHandle.releaseFence();
        }
        return !(boolean) WANTED.getOpaque(this) || isOwned();
    }

    /** Waits for one who is taking the queue just now. */
    private synchronized boolean isOwned() {
        return !taken;
    }

    /** The owner ends; true when it had the queue to its end. */
    synchronized boolean end() {
        JUDGING.setRelease(this, false);
        over = true;
        return !taken;
    }

    /** Takes the queue from an owner whose classifier runs; one caller gets it, once. Any thread. */
    synchronized boolean take() {
        if (over || taken) {
            return false;
        }
        WANTED.setVolatile(this, true);
        if (!OWNER_NEEDS_BARRIER) {
            MemoryBarrier.onEveryThread();
        }
        // An owner that still judges now looks after this, and waits for the lock.
        taken = isJudging();
        if (!taken) {
            WANTED.setVolatile(this, false);
        }
        return taken;
    }

    /** Any thread. */
    boolean isTaken() {
        return taken;
    }

    /** Any thread. */
    boolean isJudging() {
        return (boolean) JUDGING.getVolatile(this);
    }
}
