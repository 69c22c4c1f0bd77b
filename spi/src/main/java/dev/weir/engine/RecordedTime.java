package dev.weir.engine;

import java.util.concurrent.TimeUnit;

/**
 * The time in a recording: the latest time stamp seen. One packet with a stamp far in the future must not stop it for
 * the rest of the file, so when a run of packets lies well behind it, time is what they say. For one thread.
 */
final class RecordedTime {
    /** Interfaces of one recording differ less, and packets are seldom written so late. */
    private static final long BEHIND_NS = TimeUnit.SECONDS.toNanos(60);

    private static final int BEHIND_IN_A_ROW = 16;

    private long nowNs;
    private int behind;

    /** Time as of the packets {@linkplain #at seen} so far; 0 before the first. */
    long nowNs() {
        return nowNs;
    }

    /** Time as of a packet. */
    long at(long timestampNs) {
        if (timestampNs >= nowNs - BEHIND_NS) {
            nowNs = Math.max(nowNs, timestampNs);
            behind = 0;
        } else if (++behind == BEHIND_IN_A_ROW) {
            nowNs = timestampNs;
            behind = 0;
        }
        return nowNs;
    }
}
