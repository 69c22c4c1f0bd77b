package dev.weir.testkit;

import dev.weir.NanoClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until the test moves it. Any thread may read and move it.
 *
 * <p>A thread that sleeps in real time does not feel the clock move; give the clock to the
 * {@linkplain MemoryCapture.Builder#clock memory capture} as well, which then wakes its pipeline at every move.
 */
public final class MovableClock implements NanoClock {
    private final AtomicLong nowNs;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** A clock that starts at an hour, so that times before its start are not negative. */
    public MovableClock() {
        this(Duration.ofHours(1).toNanos());
    }

    /** A clock that starts at {@code startNs} nanoseconds. */
    public MovableClock(long startNs) {
        nowNs = new AtomicLong(startNs);
    }

    @Override
    public long nanoTime() {
        return nowNs.get();
    }

    /**
     * Moves the clock forward, then runs the listeners on the calling thread.
     *
     * @throws IllegalArgumentException for a negative time: such a clock only goes forward
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("a clock goes forward only, not by " + time);
        }
        nowNs.addAndGet(time.toNanos());
        listeners.forEach(Runnable::run);
    }

    /** Has {@code listener} called after each move, on the thread that moves the clock. */
    public void onAdvance(Runnable listener) {
        listeners.add(listener);
    }

    /** Takes a listener away. */
    public void remove(Runnable listener) {
        listeners.remove(listener);
    }
}
