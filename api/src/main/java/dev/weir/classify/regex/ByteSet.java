package dev.weir.classify.regex;

import java.util.Arrays;

/** A set of byte values, as 256 bits. Immutable. */
final class ByteSet {
    static final ByteSet NONE = new ByteSet(new long[4]);
    static final ByteSet ALL = NONE.complement();
    static final ByteSet NEWLINE = of('\n');
    static final ByteSet DIGIT = range('0', '9');
    static final ByteSet LETTER = range('a', 'z').union(range('A', 'Z'));
    static final ByteSet WORD = LETTER.union(DIGIT).union(of('_'));
    static final ByteSet SPACE = of(' ').union(range('\t', '\r'));
    static final ByteSet HORIZONTAL_SPACE = of(' ').union(of('\t'));

    private final long[] bits;

    private ByteSet(long[] bits) {
        this.bits = bits;
    }

    static ByteSet of(int value) {
        return range(value, value);
    }

    static ByteSet range(int first, int last) {
        long[] bits = new long[4];
        for (int value = first; value <= last; value++) {
            bits[value >>> 6] |= 1L << value;
        }
        return new ByteSet(bits);
    }

    boolean contains(int value) {
        return (bits[value >>> 6] & 1L << value) != 0;
    }

    ByteSet union(ByteSet other) {
        long[] union = bits.clone();
        for (int i = 0; i < union.length; i++) {
            union[i] |= other.bits[i];
        }
        return new ByteSet(union);
    }

    ByteSet complement() {
        long[] complement = new long[4];
        for (int i = 0; i < complement.length; i++) {
            complement[i] = ~bits[i];
        }
        return new ByteSet(complement);
    }

    /** With each ASCII letter also in its other case. */
    ByteSet foldCase() {
        ByteSet folded = this;
        for (int lower = 'a'; lower <= 'z'; lower++) {
            int upper = lower - 'a' + 'A';
            if (contains(lower) || contains(upper)) {
                folded = folded.union(of(lower)).union(of(upper));
            }
        }
        return folded;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ByteSet set && Arrays.equals(bits, set.bits);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bits);
    }
}
