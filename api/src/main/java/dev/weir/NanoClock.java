package dev.weir;

/** Where a pipeline reads the time from; the testkit has one that the test moves. Any thread. */
public interface NanoClock {
    /** The clock of the machine. */
    NanoClock SYSTEM = System::nanoTime;

    /** A time in nanoseconds that only grows, with an arbitrary origin, as {@link System#nanoTime()}. */
    long nanoTime();
}
