package dev.weir.nfqueue;

/**
 * How many datagrams to receive with one call: as many as stay in a processor's cache together, by the size that they had
 * of late. Of small packets that is a full batch. Unsegmented ones have up to 64 KiB, and 64 of them would push each other
 * out of the cache before they are judged, and wait for each other's verdicts.
 */
final class BatchSize {
    /** About a first-level cache: with 64 connections of 64 KiB, four times as much was a fifth slower. */
    private static final int HOT_BYTES = 32 << 10;

    /** The last batch counts for one in so many in the mean. */
    private static final int INERTIA = 4;

    private final int most;
    private int meanBytes;

    BatchSize(int most) {
        this.most = most;
    }

    /** Datagrams to ask for, one at least. */
    int next() {
        return Math.max(1, Math.min(most, HOT_BYTES / Math.max(1, meanBytes)));
    }

    /** What the last batch brought, one datagram at least. */
    void received(int datagrams, long bytes) {
        meanBytes += ((int) (bytes / datagrams) - meanBytes) / INERTIA;
    }
}
