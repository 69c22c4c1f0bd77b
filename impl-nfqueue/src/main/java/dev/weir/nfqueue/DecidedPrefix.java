package dev.weir.nfqueue;

/**
 * Which packets are decided, by the order in which they came. One that is decided when all before it are extends the
 * prefix of decided packets, over those that were decided earlier.
 */
final class DecidedPrefix {
    private long[] decided = new long[64];
    private long came;
    private long undecided;

    /** A packet came: its place in the order. */
    long came() {
        if (came - undecided == capacity()) {
            grow();
        }
        return came++;
    }

    /** Decides a packet, once; true when all before it are decided. */
    boolean decide(long order) {
        if (order != undecided) {
            decided[word(order)] |= bit(order);
            return false;
        }
        undecided++;
        while (undecided < came && (decided[word(undecided)] & bit(undecided)) != 0) {
            decided[word(undecided)] &= ~bit(undecided);
            undecided++;
        }
        return true;
    }

    private long capacity() {
        return (long) decided.length * Long.SIZE;
    }

    private int word(long order) {
        return (int) (order / Long.SIZE) & decided.length - 1;
    }

    private static long bit(long order) {
        return 1L << order;
    }

    private void grow() {
        long[] smaller = decided;
        decided = new long[smaller.length * 2];
        for (long order = undecided; order < came; order++) {
            if ((smaller[(int) (order / Long.SIZE) & smaller.length - 1] & bit(order)) != 0) {
                decided[word(order)] |= bit(order);
            }
        }
    }
}
