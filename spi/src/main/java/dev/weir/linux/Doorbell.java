package dev.weir.linux;

/**
 * Lets any thread wake the owner of a queue that sleeps in {@link Poller#poll}. Ringing is one read or one exchange of a
 * word, and one system call when the owner is asleep and nobody has rung yet ({@link WakeFlag}).
 */
public final class Doorbell implements AutoCloseable {
    private final EventFd event = EventFd.open();
    private final WakeFlag flag = new WakeFlag();

    /** For sleeps that only the bell ends. */
    private final Poller alone = new Poller(event.fd());

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

    /** Sleeps until somebody rings or the time is over. For the owner. */
    public void sleep(long timeoutNs) {
        sleep(alone, 0, timeoutNs);
    }

    /**
     * Sleeps until somebody rings, what else is in the set is ready, or the time is over. A ring whose signal is still on its
     * way when this returns shows as an early return of a later sleep, no more. For the owner.
     *
     * @param set has the {@link #event} as well
     * @param index of the event in it
     * @param timeoutNs as of {@link Poller#poll}
     * @return false when somebody had rung already, which counts as answered: the set was not looked at
     */
    public boolean sleep(Poller set, int index, long timeoutNs) {
        if (!flag.fallAsleep()) {
            return false;
        }
        set.poll(timeoutNs);
        flag.wakeUp();
        if (set.isReadable(index)) {
            event.drain();
        }
        return true;
    }

    @Override
    public void close() {
        event.close();
    }
}
