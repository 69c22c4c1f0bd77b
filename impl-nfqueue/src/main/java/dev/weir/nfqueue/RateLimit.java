package dev.weir.nfqueue;

/** At most so many a second, and as many at once after a quiet second. For one thread. */
final class RateLimit {
    private static final long SECOND_NS = 1_000_000_000L;

    private final int perSecond;

    /** In billionths, so that time is not lost to rounding. */
    private long tokens;

    private long filledNs;

    RateLimit(int perSecond, long nowNs) {
        this.perSecond = perSecond;
        this.filledNs = nowNs;
        this.tokens = perSecond * SECOND_NS;
    }

    /** Takes one, if there is one. */
    boolean take(long nowNs) {
        long passedNs = Math.min(SECOND_NS, nowNs - filledNs);
        filledNs = nowNs;
        tokens = Math.min(perSecond * SECOND_NS, tokens + passedNs * perSecond);
        if (tokens < SECOND_NS) {
            return false;
        }
        tokens -= SECOND_NS;
        return true;
    }
}
