package dev.weir.xdp;

/**
 * How long to sleep without regard to packets. A wake-up costs the receiver 10 µs, and on a veth the sender makes one for
 * every 64 packets at most; so while packets come densely a queue sleeps by the clock and takes what has gathered. When
 * they become fewer, the first one wakes it again. Network cards do the same with their interrupts. For one thread.
 */
final class Coalescing {
    /** A sleep is worth it that gathers so many. */
    private static final int LEAST_PACKETS = 64;

    /** Of a ring's entries one in so many: packets may come so many times as fast as before, and none is lost. */
    private static final int SHARE_OF_RING = 4;

    private final long longestNs;
    private final int mostPackets;
    private int received;
    private long sinceNs;

    /**
     * @param longestNs 0: a packet always wakes
     * @param ringSize entries of the RX ring
     */
    Coalescing(long longestNs, int ringSize) {
        this.longestNs = ringSize / SHARE_OF_RING < LEAST_PACKETS ? 0 : longestNs;
        this.mostPackets = ringSize / SHARE_OF_RING;
    }

    /** Packets were taken out of the ring. */
    void received(int count) {
        received += count;
    }

    /** Called before each sleep. How long it may last; 0: until a packet comes. */
    long sleepNs(long nowNs) {
        if (longestNs == 0) {
            return 0;
        }
        long elapsedNs = nowNs - sinceNs;
        int count = received;
        sinceNs = nowNs;
        received = 0;
        if (count == 0 || elapsedNs * LEAST_PACKETS > longestNs * count) {
            return 0;
        }
        return Math.min(longestNs, elapsedNs * mostPackets / count);
    }
}
