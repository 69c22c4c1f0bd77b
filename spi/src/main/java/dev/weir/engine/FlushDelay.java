package dev.weir.engine;

/**
 * How long decided packets have waited for the rest of their turn: they do not wait for slow classifiers. Reading the clock
 * costs as much as finding a packet's flow, so in a long turn of quick packets only every eighth is followed by a look at it.
 * As long as classifiers take about what they took, what is decided goes out within a millisecond, or within
 * {@link #LONGEST_NS} and the classifier that runs; when they become slow in the midst of a long turn, within eight of them.
 */
final class FlushDelay {
    /** What has waited longer at a look goes out. */
    static final long LONGEST_NS = 500_000;

    /** Packets, at the beginning of each turn, that are followed by a look each: all, as a rule, unless they have piled up. */
    private static final int CLOSELY_WATCHED = 16;

    /** From then on there is one look for so many packets, */
    private static final int STRIDE = 8;

    /** if those since the look before took no longer than this. */
    private static final long QUICK_NS = 50_000;

    private long sinceNs;
    private long lookedNs;
    private int looks;
    private int untilLook;

    /** A turn begins: nothing waits. */
    void begin(long nowNs) {
        sinceNs = nowNs;
        lookedNs = nowNs;
        looks = 0;
        untilLook = 1;
    }

    /** A packet is decided: true when the clock is to be read for {@link #isOver}. */
    boolean wantsLook() {
        return --untilLook <= 0;
    }

    /** A look: true when all that is decided is to go out now. */
    boolean isOver(long nowNs) {
        boolean quick = nowNs - lookedNs <= QUICK_NS;
        lookedNs = nowNs;
        untilLook = ++looks >= CLOSELY_WATCHED && quick ? STRIDE : 1;
        if (nowNs - sinceNs <= LONGEST_NS) {
            return false;
        }
        sinceNs = nowNs;
        return true;
    }
}
