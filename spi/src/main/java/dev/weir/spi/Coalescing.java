package dev.weir.spi;

/**
 * How long a queue sleeps without regard to packets. A wake-up costs its owner 10 to 40 µs, and caches that are cold; so while
 * packets come densely a queue may sleep by the clock and take what has gathered. When they become fewer, the first one wakes
 * it again. Network cards do the same with their interrupts. For one thread; a call takes a few nanoseconds.
 */
public final class Coalescing {
    private final long longestNs;
    private final int leastPackets;
    private final int mostPlaces;

    private long sinceNs;
    private long packetsBefore;
    private long placesBefore;

    /**
     * @param longestNs the longest sleep; 0: a packet always wakes
     * @param leastPackets traffic is dense when so many come in the longest sleep; at least 1
     * @param mostPlaces of the ring that may be taken by what gathers in one sleep: so small a part of the ring that none is
     *     lost when packets suddenly come faster; 0, where the ring has no such part: a packet always wakes
     */
    public Coalescing(long longestNs, int leastPackets, int mostPlaces) {
        this.longestNs = longestNs;
        this.leastPackets = leastPackets;
        this.mostPlaces = mostPlaces;
    }

    /**
     * How long this sleep may last; 0: until a packet comes. Called before each sleep.
     *
     * @param nowNs of {@link System#nanoTime}
     * @param packets received since the queue was opened
     * @param places of the ring that they had taken, since then: one a packet, or one for many of them
     */
    public long sleepNs(long nowNs, long packets, long places) {
        if (longestNs == 0) {
            return 0;
        }
        long elapsedNs = nowNs - sinceNs;
        long newPackets = packets - packetsBefore;
        long newPlaces = places - placesBefore;
        sinceNs = nowNs;
        packetsBefore = packets;
        placesBefore = places;
        // a ring that was exchanged for another counts from 0
        if (newPackets <= 0 || newPlaces <= 0 || elapsedNs > longestNs * newPackets / leastPackets) {
            return 0;
        }
        return Math.min(longestNs, elapsedNs * mostPlaces / newPlaces);
    }
}
