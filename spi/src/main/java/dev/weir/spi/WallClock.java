package dev.weir.spi;

import java.time.Instant;

/**
 * Nanoseconds since 1970 (UTC) without an object for each answer, for sources that do not stamp their packets; follows
 * changes of the time of day within a second. For one thread.
 */
public final class WallClock {
    private static final long VALID_NS = 1_000_000_000L;

    private long offsetNs;
    private long readNs;
    private boolean read;

    /** A clock that has not been read. */
    public WallClock() {}

    /** The time of day; costs a {@link System#nanoTime()}. */
    public long nowNs() {
        long nanoTime = System.nanoTime();
        if (!read || nanoTime - readNs > VALID_NS) {
            Instant now = Instant.now();
            offsetNs = now.getEpochSecond() * 1_000_000_000L + now.getNano() - nanoTime;
            readNs = nanoTime;
            read = true;
        }
        return offsetNs + nanoTime;
    }
}
