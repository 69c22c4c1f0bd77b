package dev.weir.firewall;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts times by size: sixteen buckets for each power of two, so that a percentile is right to 6 %. One thread records,
 * any may read. Allocates nothing after it was made.
 */
final class LatencyRecorder {
    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;
    private static final int BUCKETS = (Long.SIZE - SUB_BITS) * SUB;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
    private volatile long maxNs;

    /** A time that is negative, because a clock was set back meanwhile, counts as 0. */
    void record(long ns) {
        long time = Math.max(0, ns);
        int bucket = bucket(time);
        counts.lazySet(bucket, counts.getPlain(bucket) + 1); // one writer
        if (time > maxNs) {
            maxNs = time;
        }
    }

    long count() {
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += counts.getOpaque(i);
        }
        return count;
    }

    long maxNs() {
        return maxNs;
    }

    /** The time that so many percent of all were not above; 0 when there are none. */
    long percentileNs(double percent) {
        long total = count();
        long wanted = (long) Math.ceil(total * percent / 100);
        long seen = 0;
        for (int i = 0; i < BUCKETS && wanted > 0; i++) {
            seen += counts.getOpaque(i);
            if (seen >= wanted) {
                return Math.min(maxNs, highest(i));
            }
        }
        return 0;
    }

    private static int bucket(long ns) {
        if (ns < SUB) {
            return (int) ns;
        }
        int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(ns);
        int shift = power - SUB_BITS;
        return (shift + 1) * SUB + (int) (ns >>> shift) - SUB;
    }

    private static long highest(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((long) (bucket % SUB + SUB) + 1 << shift) - 1;
    }
}
