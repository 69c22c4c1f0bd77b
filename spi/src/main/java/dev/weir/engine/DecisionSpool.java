package dev.weir.engine;

import dev.weir.Decision;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.Verdict;
import dev.weir.spi.Slot;
import dev.weir.spi.WallClock;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * Carries decisions from one queue agent to the listener's thread: records made beforehand travel in one ring when they
 * are full and back in another when they are empty. With none empty, a decision is counted as missed.
 */
final class DecisionSpool {
    static final int CAPACITY = 65_536;

    private final SpscVarHandleArrayQueue<Entry> full = new SpscVarHandleArrayQueue<>(CAPACITY);
    private final SpscVarHandleArrayQueue<Entry> empty = new SpscVarHandleArrayQueue<>(CAPACITY);
    private final Counts missed = new Counts(1);
    private final WallClock clock = new WallClock();
    private int made;

    /** One decision. */
    static final class Entry implements Decision {
        private Flow flow;
        private Direction direction;
        private Verdict verdict;
        private Ledger.Cause cause;
        private long timestampNs;
        private long decidedNs;
        private int wireLength;
        private int queue;

        @Override
        public Flow flow() {
            return flow;
        }

        @Override
        public Direction direction() {
            return direction;
        }

        @Override
        public Verdict verdict() {
            return verdict;
        }

        @Override
        public Ledger.Cause cause() {
            return cause;
        }

        @Override
        public long timestampNs() {
            return timestampNs;
        }

        @Override
        public long decidedNs() {
            return decidedNs;
        }

        @Override
        public int wireLength() {
            return wireLength;
        }

        @Override
        public int queue() {
            return queue;
        }
    }

    /** For the queue agent: never waits. */
    void tell(Slot slot, FlowEntry flow, Verdict verdict, Ledger.Cause cause, int queue) {
        Entry entry = empty.relaxedPoll();
        if (entry == null) {
            if (made == CAPACITY) {
                missed.add(0, 1);
                return;
            }
            made++;
            entry = new Entry();
        }
        entry.flow = flow;
        entry.direction = slot.direction();
        entry.verdict = verdict;
        entry.cause = cause;
        entry.timestampNs = slot.timestampNs();
        entry.decidedNs = clock.nowNs();
        entry.wireLength = slot.wireLength();
        entry.queue = queue;
        full.offer(entry); // there is room: no more entries exist than it holds
    }

    /** For the listener's thread: the next decision, or null. */
    Entry take() {
        return full.relaxedPoll();
    }

    /** For the listener's thread: the decision was told. */
    void giveBack(Entry entry) {
        entry.flow = null;
        empty.offer(entry);
    }

    boolean isEmpty() {
        return full.isEmpty();
    }

    long missed() {
        return missed.get(0);
    }
}
