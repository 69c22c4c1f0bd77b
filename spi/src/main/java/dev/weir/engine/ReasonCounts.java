package dev.weir.engine;

import dev.weir.Reason;
import java.util.Map;

/**
 * Counts by reason, found by reference: reasons are made when rules are loaded, so the same object comes again and again.
 * One writer; readers see a state of a moment ago.
 */
final class ReasonCounts {
    private static final int MAX = 65_536;

    private volatile Table table = new Table(64);
    private int size;

    private static final class Table {
        final Reason[] reasons;
        final Counts counts;

        Table(int places) {
            reasons = new Reason[places];
            counts = new Counts(places);
        }
    }

    void add(Reason reason, int packets) {
        Table now = table;
        int at = find(now, reason);
        if (now.reasons[at] == null) {
            if (size >= MAX && reason != Reason.OTHER) {
                add(Reason.OTHER, packets);
                return;
            }
            if (size * 2 >= now.reasons.length) {
                now = grow(now);
                at = find(now, reason);
            }
            now.reasons[at] = reason;
            size++;
        }
        now.counts.add(at, packets);
    }

    private Table grow(Table old) {
        Table larger = new Table(old.reasons.length * 2);
        for (int i = 0; i < old.reasons.length; i++) {
            if (old.reasons[i] != null) {
                int at = find(larger, old.reasons[i]);
                larger.reasons[at] = old.reasons[i];
                larger.counts.set(at, old.counts.get(i));
            }
        }
        table = larger;
        return larger;
    }

    private static int find(Table table, Reason reason) {
        int mask = table.reasons.length - 1;
        int hash = System.identityHashCode(reason);
        int at = (hash ^ hash >>> 15) & mask;
        while (table.reasons[at] != null && table.reasons[at] != reason) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** Adds up into a map, equal reasons together. Any thread. */
    void addTo(Map<Reason, Long> sums) {
        Table now = table;
        for (int i = 0; i < now.reasons.length; i++) {
            Reason reason = now.reasons[i];
            long count = now.counts.get(i);
            if (reason != null && count > 0) {
                sums.merge(reason, count, Long::sum);
            }
        }
    }
}
