package dev.weir.engine;

/**
 * How long a thread with nothing to do spins before it sleeps: as long as spinning has paid of late. Each time work came
 * within the longest spin the time doubles, each time it did not the time halves. Traffic with longer gaps, and idle
 * pipelines, thus cost no spinning; dense traffic costs no wake-ups. For one thread.
 */
final class AdaptiveSpin {
    private static final long SHORTEST_NS = 500;

    private final long longestNs;
    private long spinNs;
    private long idleSinceNs;

    AdaptiveSpin(long longestNs) {
        this.longestNs = longestNs;
        this.spinNs = longestNs;
    }

    /** True when spinning longer than the shortest time has paid of late. */
    boolean pays() {
        return spinNs > SHORTEST_NS;
    }

    /** There was work. */
    void worked(long nowNs) {
        if (idleSinceNs == 0) {
            return;
        }
        spinNs = nowNs - idleSinceNs < longestNs ? Math.min(longestNs, spinNs * 2) : Math.max(SHORTEST_NS, spinNs / 2);
        idleSinceNs = 0;
    }

    /** There was no work: true to look again, false to sleep. */
    boolean again(long nowNs) {
        if (idleSinceNs == 0) {
            idleSinceNs = nowNs == 0 ? 1 : nowNs;
        }
        return nowNs - idleSinceNs < spinNs;
    }
}
