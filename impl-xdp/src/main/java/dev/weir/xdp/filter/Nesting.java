package dev.weir.xdp.filter;

/**
 * The prefixes around one, while prefixes are walked in the order of their addresses, shorter ones first. No prefix has
 * more around it than it has bits.
 */
final class Nesting {
    private static final int MAX_DEPTH = 129;

    private final long[] highs = new long[MAX_DEPTH];
    private final long[] lows = new long[MAX_DEPTH];
    private final int[] lengths = new int[MAX_DEPTH];
    private final int[] sides = new int[MAX_DEPTH];
    private int depth;

    /**
     * Goes on to a prefix, in the upper bits of 128.
     *
     * @return its sides, with those of all around it
     */
    int enter(long high, long low, int lengthBits, int ownSides) {
        while (depth > 0 && !covers(depth - 1, high, low)) {
            depth--;
        }
        int all = ownSides | (depth > 0 ? sides[depth - 1] : 0);
        highs[depth] = high;
        lows[depth] = low;
        lengths[depth] = lengthBits;
        sides[depth++] = all;
        return all;
    }

    private boolean covers(int at, long high, long low) {
        int length = lengths[at];
        return ((highs[at] ^ high) & mask(Math.min(length, 64))) == 0
                && ((lows[at] ^ low) & mask(Math.max(length - 64, 0))) == 0;
    }

    private static long mask(int bits) {
        return bits == 0 ? 0 : -1L << 64 - bits;
    }
}
