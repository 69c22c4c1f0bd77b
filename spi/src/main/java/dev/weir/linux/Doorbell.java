package dev.weir.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets any thread wake the owner of a queue. A system call is made only when the owner is asleep and nobody has rung
 * yet; else ringing is one read or one exchange of a word.
 *
 * <p>The exchanges are volatile: what a thread wrote before it rang is seen by the owner after it was woken.
 */
public final class Doorbell implements AutoCloseable {
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int RUNG = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Doorbell.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventFd event = EventFd.open();
    private volatile int state;

    /** A bell that nobody has rung. */
    public Doorbell() {}

    /** For the set of descriptors that the owner sleeps on. */
    public EventFd event() {
        return event;
    }

    /** Wakes the owner, now or at its next sleep. Any thread. */
    public void ring() {
        if (state != RUNG && (int) STATE.getAndSet(this, RUNG) == ASLEEP) {
            event.signal();
        }
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

    /**
     * After sleep. A ring whose signal is still on its way shows as an early return of a later sleep, no more.
     *
     * @param signalled the event's descriptor was readable
     */
    public void wakeUp(boolean signalled) {
        STATE.getAndSet(this, AWAKE);
        if (signalled) {
            event.drain();
        }
    }

    @Override
    public void close() {
        event.close();
    }
}
