package dev.weir.linux;

/**
 * Lets any thread wake the owner of a queue that sleeps in {@link Poller#poll}. Ringing is one read or one exchange of a
 * word, and one system call when the owner is asleep and nobody has rung yet ({@link WakeFlag}).
 */
public final class Doorbell implements AutoCloseable {
    private final EventFd event = EventFd.open();
    private final WakeFlag flag = new WakeFlag();

    /** A bell that nobody has rung. */
    public Doorbell() {}

    /** For the set of descriptors that the owner sleeps on. */
    public EventFd event() {
        return event;
    }

    /** Wakes the owner, now or at its next sleep. Any thread. */
    public void ring() {
        if (flag.ring()) {
            event.signal();
        }
    }

    /** True once for all rings since the last time. For the owner. */
    public boolean answer() {
        return flag.answer();
    }

    /** Announces sleep; false when somebody has rung already, which counts as answered. For the owner. */
    public boolean fallAsleep() {
        return flag.fallAsleep();
    }

    /**
     * After sleep. A ring whose signal is still on its way shows as an early return of a later sleep, no more.
     *
     * @param signalled the event's descriptor was readable
     */
    public void wakeUp(boolean signalled) {
        flag.wakeUp();
        if (signalled) {
            event.drain();
        }
    }

    @Override
    public void close() {
        event.close();
    }
}
