package dev.weir.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who has a queue and its books: the thread that owns it, or, once the end of the pipeline is overdue, the thread that
 * waits for that end. While classifiers run, the owner keeps its hands off, so that another thread may take the queue
 * from an owner whose classifier does not return; the owner then finds it gone and must end without touching anything.
 */
final class Ownership {
    private static final int OWNING = 0;
    /** Classifiers run. */
    private static final int JUDGING = 1;
    /** Another thread has the queue. */
    private static final int TAKEN = 2;
    /** The owner has ended. */
    private static final int OVER = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Ownership.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // through STATE
    private volatile int state = OWNING;

    /** Classifiers are going to run. Release: who takes over sees books and lists as they are now. For the owner. */
    void beginJudging() {
        STATE.setRelease(this, JUDGING);
    }

    /** As {@link #beginJudging}, unless the queue has been taken before. For the owner. */
    void beginJudgingIfOwned() {
        STATE.compareAndSet(this, OWNING, JUDGING);
    }

    /** Classifiers have returned: true when the queue is still the owner's. For the owner. */
    boolean endJudging() {
        return STATE.compareAndSet(this, JUDGING, OWNING);
    }

    /** True when the queue is the owner's, taken back from the classifiers if need be. For the owner. */
    boolean reclaim() {
        return endJudging() || (int) STATE.getAcquire(this) == OWNING;
    }

    /** The owner ends; true when it had the queue to its end. */
    boolean end() {
        return (int) STATE.getAndSet(this, OVER) != TAKEN;
    }

    /** Takes the queue from an owner whose classifiers run; one caller gets it, once. Any thread. */
    boolean take() {
        return STATE.compareAndSet(this, JUDGING, TAKEN);
    }

    /** Any thread. */
    boolean isTaken() {
        return (int) STATE.getAcquire(this) == TAKEN;
    }

    /** Any thread. */
    boolean isJudging() {
        return (int) STATE.getAcquire(this) == JUDGING;
    }
}
