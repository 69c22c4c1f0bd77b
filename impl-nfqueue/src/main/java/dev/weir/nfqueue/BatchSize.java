package dev.weir.nfqueue;

/**
 * How many datagrams to receive with one call, by the size that they had of late. Of small packets that is a full batch.
 * Unsegmented ones have up to 64 KiB: a full batch of those would push each other out of the processor's caches before they
 * are judged, and wait for each other's verdicts.
 */
final class BatchSize {
    /**
     * With a quarter of it, a page and its end were oftener acknowledged apart, and a sender with BBR took the small one for
     * all that the way can carry: its next page then took 60 ms.
     */
    private static final int HOT_BYTES = 128 << 10;

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
