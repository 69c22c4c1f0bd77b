package dev.weir.engine;

import dev.weir.Verdict;

/**
 * Verdicts for whole flows whose flow has left the table: they have a lifetime and a bound of their own. Open addressing
 * as in {@link FlowTable}; entries that are over are taken out when they are met. For one thread.
 */
final class FlowVerdictTable {
    private static final int EVICTION_SAMPLE = 16;

    private final Entry[] entries;
    private final int mask;
    private final int max;
    private int size;
    private int evictAt;
    private long evicted;

    private static final class Entry {
        final Tuple tuple = new Tuple();
        final Verdict verdict;
        final boolean closed;
        final long expiresNs;

        Entry(Tuple tuple, Verdict verdict, boolean closed, long expiresNs) {
            this.tuple.copyFrom(tuple);
            this.verdict = verdict;
            this.closed = closed;
            this.expiresNs = expiresNs;
        }
    }

    FlowVerdictTable(int max) {
        this.max = max;
        int places = max == 0 ? 1 : Integer.highestOneBit(Math.max(max, 8) * 2 - 1) * 2;
        entries = new Entry[places];
        mask = places - 1;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long evicted() {
        return evicted;
    }

    void put(Tuple tuple, Verdict verdict, boolean closed, long expiresNs) {
        if (max == 0) {
            evicted++;
            return;
        }
        int at = find(tuple);
        if (at >= 0) {
            removeAt(at);
        }
        if (size >= max) {
            evictOne();
        }
        at = (int) tuple.hash & mask;
        while (entries[at] != null) {
            at = at + 1 & mask;
        }
        entries[at] = new Entry(tuple, verdict, closed, expiresNs);
        size++;
    }

    /**
     * The verdict of a flow that comes back, and forgets it here; null when there is none.
     *
     * @param opening true for a packet that opens a new connection: it is not bound by the verdict of a closed one
     */
    Verdict take(Tuple tuple, boolean opening, long nowNs) {
        int at = find(tuple);
        if (at < 0) {
            return null;
        }
        Entry entry = entries[at];
        removeAt(at);
        return entry.expiresNs - nowNs < 0 || entry.closed && opening ? null : entry.verdict;
    }

    private int find(Tuple tuple) {
        int at = (int) tuple.hash & mask;
        while (entries[at] != null) {
            if (entries[at].tuple.sameFlow(tuple)) {
                return at;
            }
            at = at + 1 & mask;
        }
        return -1;
    }

    private void evictOne() {
        int soonest = -1;
        int looked = 0;
        for (int i = 0; i <= mask && looked < EVICTION_SAMPLE; i++) {
            evictAt = evictAt + 1 & mask;
            if (entries[evictAt] != null) {
                looked++;
                if (soonest < 0 || entries[evictAt].expiresNs - entries[soonest].expiresNs < 0) {
                    soonest = evictAt;
                }
            }
        }
        removeAt(soonest);
        evicted++;
    }

    private void removeAt(int gap) {
        size--;
        int hole = gap;
        int at = hole;
        while (true) {
            at = at + 1 & mask;
            if (entries[at] == null) {
                break;
            }
            int home = (int) entries[at].tuple.hash & mask;
            if ((at - home & mask) >= (at - hole & mask)) {
                entries[hole] = entries[at];
                hole = at;
            }
        }
        entries[hole] = null;
    }
}
