package dev.weir.stream;

import java.util.List;
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

    /** The sum over several threads. */
    static long sum(List<Counters> all, Counter counter) {
        long sum = 0;
        for (Counters each : all) {
            sum += each.get(counter);
        }
        return sum;
    }

    /** What was counted of fragments, over several threads. */
    static FragmentCounts fragments(List<Counters> all) {
        return new FragmentCounts(
                sum(all, Counter.DATAGRAMS),
                sum(all, Counter.FRAGMENTS_DISCARDED),
                sum(all, Counter.DATAGRAMS_EXPIRED),
                sum(all, Counter.DATAGRAMS_EVICTED),
                sum(all, Counter.FRAGMENT_USED_BYTES),
                sum(all, Counter.FRAGMENT_MEMORY_BYTES));
    }

    /** What was counted of streams, over several threads. */
    static StreamCounts streams(List<Counters> all) {
        return new StreamCounts(
                sum(all, Counter.STREAMS),
                sum(all, Counter.OUT_OF_ORDER),
                sum(all, Counter.RETRANSMITTED),
                sum(all, Counter.CONFLICTS),
                sum(all, Counter.REFUSED),
                sum(all, Counter.OUTSIDE),
                sum(all, Counter.BAD_CHECKSUMS),
                sum(all, Counter.GAPS),
                sum(all, Counter.LIMITS),
                sum(all, Counter.EVICTIONS),
                sum(all, Counter.STALLS),
                sum(all, Counter.USED_BYTES),
                sum(all, Counter.MEMORY_BYTES),
                fragments(all));
    }
}
