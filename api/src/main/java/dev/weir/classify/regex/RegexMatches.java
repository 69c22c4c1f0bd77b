package dev.weir.classify.regex;

/**
 * Which expressions of a {@link RegexSet} have matched. Made once and cleared for the next input. Used by one thread.
 */
public final class RegexMatches {
    private final long[] bits;
    private final int size;
    private int count;

    /** Room for the matches of a set. */
    public RegexMatches(RegexSet set) {
        this(set.size());
    }

    RegexMatches(int size) {
        this.size = size;
        bits = new long[(size + 63) / 64];
    }

    /** Forgets all matches. */
    public void clear() {
        if (count > 0) {
            for (int i = 0; i < bits.length; i++) {
                bits[i] = 0;
            }
            count = 0;
        }
    }

    /** How many expressions have matched. */
    public int count() {
        return count;
    }

    /** True when the expression with this number has matched. */
    public boolean contains(int number) {
        return (bits[number >>> 6] & 1L << number) != 0;
    }

    /** The lowest number from {@code from} on that has matched; -1 when there is none. */
    public int next(int from) {
        if (from >= size || count == 0) {
            return -1;
        }
        int word = from >>> 6;
        long rest = bits[word] & -1L << from;
        while (rest == 0) {
            if (++word == bits.length) {
                return -1;
            }
            rest = bits[word];
        }
        return word * 64 + Long.numberOfTrailingZeros(rest);
    }

    boolean isFull() {
        return count == size;
    }

    void addAll(int[] numbers, int howMany) {
        for (int i = 0; i < howMany; i++) {
            int number = numbers[i];
            if (!contains(number)) {
                bits[number >>> 6] |= 1L << number;
                count++;
            }
        }
    }
}
