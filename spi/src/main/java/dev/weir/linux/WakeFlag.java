package dev.weir.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whether the owner of a queue sleeps, and whether somebody wants it awake. Tells the one thread that has to end the
 * sleep, so that a system call is made only when the owner is asleep and nobody has rung yet.
 *
 * <p>The exchanges are volatile: what a thread wrote before it rang is seen by the owner after it was woken.
 */
public final class WakeFlag {
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int RUNG = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(WakeFlag.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int state;

    /** Awake, and nobody has rung. */
    public WakeFlag() {}

    /** Wants the owner awake, now or at its next sleep: true when the caller has to end its sleep. Any thread. */
    public boolean ring() {
        return state != RUNG && (int) STATE.getAndSet(this, RUNG) == ASLEEP;
    }

    /** True once for all rings since the last time. For the owner. */
    public boolean answer() {
        return state == RUNG && STATE.compareAndSet(this, RUNG, AWAKE);
    }

    /** Announces sleep; false when somebody has rung already, which counts as answered. For the owner. */
    public boolean fallAsleep() {
        if (STATE.compareAndSet(this, AWAKE, ASLEEP)) {
            return true;
        }
        state = AWAKE;
        return false;
    }

    /** After sleep; whoever has rung meanwhile counts as answered. For the owner. */
    public void wakeUp() {
        STATE.getAndSet(this, AWAKE);
    }
}
