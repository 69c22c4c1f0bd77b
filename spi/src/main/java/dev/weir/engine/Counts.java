package dev.weir.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters with one writer and any number of readers. Opaque access: a reader sees each counter whole and, in time, its
 * latest value; the writer pays for a plain store. Padded by an array's worth on both sides against false sharing.
 */
final class Counts {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;

    private final long[] counts;
    private final int size;

    Counts(int size) {
        this.size = size;
        this.counts = new long[size + 2 * PADDING];
    }

    void add(int index, long delta) {
        LONGS.setOpaque(counts, index + PADDING, counts[index + PADDING] + delta);
    }

    void set(int index, long value) {
        LONGS.setOpaque(counts, index + PADDING, value);
    }

    long get(int index) {
        return (long) LONGS.getOpaque(counts, index + PADDING);
    }

    long[] copy() {
        long[] copy = new long[size];
        for (int i = 0; i < size; i++) {
            copy[i] = get(i);
        }
        return copy;
    }
}
