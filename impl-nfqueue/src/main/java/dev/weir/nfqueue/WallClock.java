package dev.weir.nfqueue;

import java.time.Instant;

/** Nanoseconds since 1970 without an object for each answer; follows changes of the time of day within a second. */
final class WallClock {
    private static final long VALID_NS = 1_000_000_000L;

    private long offsetNs;
    private long readNs;
    private boolean read;

    long nowNs() {
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
