package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.spi.Slot;
import java.util.Arrays;

/**
 * Packets that have their verdicts and wait for the end of their batch, in order. Neighbours are mostly decided alike, so
 * they are carried out in runs. For the queue's owner.
 */
final class DecidedPackets {
    private Slot[] slots;
    private Verdict[] verdicts;
    private Cause[] causes;
    private FlowEntry[] flows;
    private int size;

    /** The first that nobody has begun to carry out. */
    private int next;

    DecidedPackets(int expected) {
        slots = new Slot[expected];
        verdicts = new Verdict[expected];
        causes = new Cause[expected];
        flows = new FlowEntry[expected];
    }

    /** @param flow null where nobody asks for it */
    void add(Slot slot, Verdict verdict, Cause cause, FlowEntry flow) {
        int at = size;
        if (at == slots.length) {
            grow();
        }
        slots[at] = slot;
        // Mostly what stood there before: writing a reference costs a barrier of the garbage collector.
        if (flows[at] != flow) {
            flows[at] = flow;
        }
        if (verdicts[at] != verdict) {
            verdicts[at] = verdict;
        }
        if (causes[at] != cause) {
            causes[at] = cause;
        }
        size = at + 1;
    }

    private void grow() {
        int larger = 2 * size;
        slots = Arrays.copyOf(slots, larger);
        verdicts = Arrays.copyOf(verdicts, larger);
        causes = Arrays.copyOf(causes, larger);
        flows = Arrays.copyOf(flows, larger);
    }

    /** Begins with the next run of packets decided alike: the index behind it. The run is not given again. */
    int beginRun() {
        int at = next;
        Verdict verdict = verdicts[at];
        Cause cause = causes[at];
        boolean alone = verdict.kind() == Kind.REPLACE; // the bytes are each packet's own
        do {
            at++;
        } while (!alone && at < size && verdicts[at] == verdict && causes[at] == cause);
        next = at;
        return at;
    }

    /** The first packet of the next run; {@link #size} when there is none. */
    int next() {
        return next;
    }

    int size() {
        return size;
    }

    Slot[] slots() {
        return slots;
    }

    Verdict verdict(int index) {
        return verdicts[index];
    }

    Cause cause(int index) {
        return causes[index];
    }

    FlowEntry flow(int index) {
        return flows[index];
    }

    void clear() {
        size = 0;
        next = 0;
    }
}
