package dev.weir.stream;

import java.util.concurrent.atomic.AtomicLongArray;

/** Counters that one thread writes and any thread reads. */
final class Counters {
    private final AtomicLongArray values = new AtomicLongArray(Counter.values().length);

    void add(Counter counter) {
        set(counter, values.getPlain(counter.ordinal()) + 1);
    }

    /** Opaque: whole values for whoever reads, no order among them. */
    void set(Counter counter, long value) {
        values.setOpaque(counter.ordinal(), value);
    }

    long get(Counter counter) {
        return values.getOpaque(counter.ordinal());
    }
}
