package dev.weir.engine;

import java.util.function.Consumer;

/**
 * The flows of one shard: open addressing with linear probing, at least twice as many places as flows, removal by
 * shifting back. An array of hash tags answers most probes without touching a flow. For one thread.
 *
 * <p>The table begins small and doubles: spread over the places for the most flows, a few flows would miss the caches
 * with every packet. Doubling reads nothing but the tags, about 5 ns for each flow there is.
 */
final class FlowTable {
    private static final int EVICTION_SAMPLE = 16;
    private static final int FIRST_PLACES = 1024;

    private final int maxFlows;
    private int[] tags;
    private FlowEntry[] flows;
    private int mask;
    private int size;
    private int sweepAt;

    FlowTable(int maxFlows) {
        this.maxFlows = maxFlows;
        int mostPlaces = Integer.highestOneBit(Math.max(maxFlows, 16) * 2 - 1) * 2;
        allocate(Math.min(FIRST_PLACES, mostPlaces));
    }

    int size() {
        return size;
    }

    /** @param beside flows that count as if they were in it */
    boolean isFull(int beside) {
        return size + beside >= maxFlows;
    }

    /** How many places a sweep has to look at. */
    int places() {
        return flows.length;
    }

    FlowEntry find(Tuple tuple) {
        int tag = tag(tuple.hash);
        int at = tag & mask;
        for (int seen = tags[at]; seen != 0; seen = tags[at]) {
            if (seen == tag && flows[at].sameFlow(tuple)) {
                return flows[at];
            }
            at = at + 1 & mask;
        }
        return null;
    }

    /** Puts in a flow that is not there; there must be room. */
    void add(FlowEntry flow) {
        if (size * 2 > mask) {
            grow();
        }
        put(tag(flow.hash), flow);
        size++;
    }

    private void put(int tag, FlowEntry flow) {
        int at = tag & mask;
        while (tags[at] != 0) {
            at = at + 1 & mask;
        }
        tags[at] = tag;
        flows[at] = flow;
    }

    private void allocate(int places) {
        tags = new int[places];
        flows = new FlowEntry[places];
        mask = places - 1;
    }

    private void grow() {
        int[] formerTags = tags;
        FlowEntry[] formerFlows = flows;
        allocate(formerTags.length * 2);
        for (int i = 0; i < formerTags.length; i++) {
            if (formerTags[i] != 0) {
                put(formerTags[i], formerFlows[i]);
            }
        }
    }

    void remove(FlowEntry flow) {
        int at = tag(flow.hash) & mask;
        while (flows[at] != flow) {
            if (tags[at] == 0) {
                return;
            }
            at = at + 1 & mask;
        }
        removeAt(at);
    }

    /** Closes the gap: entries behind it that would no longer be found move forward. */
    private void removeAt(int gap) {
        size--;
        int hole = gap;
        int at = hole;
        while (true) {
            at = at + 1 & mask;
            if (tags[at] == 0) {
                break;
            }
            int home = tags[at] & mask;
            // The entry may fill the hole when its home does not lie between the hole and itself, cyclically.
            if ((at - home & mask) >= (at - hole & mask)) {
                tags[hole] = tags[at];
                flows[hole] = flows[at];
                hole = at;
            }
        }
        tags[hole] = 0;
        flows[hole] = null;
    }

    /** The flow to give up when the table is full: the longest without a packet of some, none that holds packets. */
    FlowEntry victim() {
        FlowEntry oldest = null;
        int at = sweepAt;
        int looked = 0;
        for (int i = 0; i <= mask && looked < EVICTION_SAMPLE; i++) {
            FlowEntry flow = flows[at];
            at = at + 1 & mask;
            if (flow != null) {
                looked++;
                if (flow.heldCount == 0 && (oldest == null || flow.activeNs - oldest.activeNs < 0)) {
                    oldest = flow;
                }
            }
        }
        return oldest;
    }

    /** What a sweep asks of each flow. */
    interface Sweeper {
        /** True when the flow is to go. */
        boolean isOver(FlowEntry flow);

        /** The flow has gone from the table. */
        void removed(FlowEntry flow);
    }

    /** Looks at the next places and takes out what is over. */
    void sweep(int places, Sweeper sweeper) {
        for (int looked = 0; looked < places; ) {
            FlowEntry flow = flows[sweepAt];
            if (flow != null && sweeper.isOver(flow)) {
                removeAt(sweepAt); // another one may have moved here: this place has not been looked at yet
                sweeper.removed(flow);
            } else {
                sweepAt = sweepAt + 1 & mask;
                looked++;
            }
        }
    }

    /** Empties the table, handing each flow out. */
    void drain(Consumer<FlowEntry> action) {
        size = 0;
        for (int i = 0; i <= mask; i++) {
            FlowEntry flow = flows[i];
            if (flow != null) {
                flows[i] = null;
                tags[i] = 0;
                action.accept(flow);
            }
        }
    }

    /** The lower half of the hash, never 0; its lowest bits are the place, the others tell neighbours apart. */
    private static int tag(long hash) {
        int tag = (int) hash;
        return tag == 0 ? 1 : tag;
    }
}
