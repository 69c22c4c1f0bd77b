package dev.weir.testkit.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets one thread sleep until another rings. A ring while nobody sleeps is kept for the next sleeper. Allocates nothing
 * and makes no system call while nobody sleeps.
 */
public final class Doorbell {
    private static final VarHandle RUNG;

    static {
        try {
            RUNG = MethodHandles.lookup().findVarHandle(Doorbell.class, "rung", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile Thread sleeper;

    @SuppressWarnings("unused") // through RUNG
    private volatile boolean rung;

    /** Sleeps until a ring, until {@code ready} says so (asked after each wake-up), or for the time. */
    public void await(long timeoutNs, BooleanSupplier ready) {
        long start = System.nanoTime();
        // Set before the conditions are read: who changes one of them afterwards sees the sleeper and unparks it.
        sleeper = Thread.currentThread();
        try {
            while (!(boolean) RUNG.getAndSet(this, false) && !ready.getAsBoolean()) {
                long left = timeoutNs - (System.nanoTime() - start);
                if (left <= 0 || Thread.currentThread().isInterrupted()) {
                    return;
                }
                LockSupport.parkNanos(this, left);
            }
        } finally {
            sleeper = null;
        }
    }

    /** Rings; kept when nobody sleeps. */
    public void ring() {
        rung = true;
        nudge();
    }

    /** Has the sleeper, if there is one, look at its condition again; not kept. */
    public void nudge() {
        Thread thread = sleeper;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }
}
