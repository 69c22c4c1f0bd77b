package dev.weir.classify.regex;

import java.util.Arrays;

/** The states that are known: a hash table with a bound in bytes. Used by one thread at a time. */
final class StateCache {
    private final int symbols;
    private final boolean anchored;
    private final long maxBytes;
    private State[] table = new State[64];
    private int count;
    private long bytes;

    /** @param anchored whether a state without places is dead */
    StateCache(int symbols, boolean anchored, long maxBytes) {
        this.symbols = symbols;
        this.anchored = anchored;
        this.maxBytes = maxBytes;
    }

    boolean isFull() {
        return bytes >= maxBytes;
    }

    long bytes() {
        return bytes;
    }

    int count() {
        return count;
    }

    /** The state that a step has led to; a new one is kept. */
    State intern(Simulation step) {
        int slot = slot(table, hash(step.reached.items, step.reached.count, step), step);
        if (table[slot] == null) {
            State state = make(step);
            if (++count * 2 > table.length) {
                grow();
                slot = slot(table, hash(step.reached.items, step.reached.count, step), step);
            }
            table[slot] = state;
            bytes += state.sizeBytes();
        }
        return table[slot];
    }

    /** A state that is not kept. */
    State make(Simulation step) {
        boolean dead = anchored && step.reached.count == 0;
        return new State(step.reached.toArray(), step.matches.toArray(), step.before(), dead, symbols);
    }

    /** True when the state is one of those kept. */
    boolean holds(State state) {
        for (int slot = hash(state) & table.length - 1; table[slot] != null; slot = slot + 1 & table.length - 1) {
            if (table[slot] == state) {
                return true;
            }
        }
        return false;
    }

    /** Forgets all states; none keeps another one alive afterwards. */
    void clear() {
        for (State state : table) {
            if (state != null) {
                Arrays.fill(state.next, null);
            }
        }
        Arrays.fill(table, null);
        count = 0;
        bytes = 0;
    }

    private void grow() {
        State[] old = table;
        table = new State[old.length * 2];
        for (State state : old) {
            if (state != null) {
                int slot = hash(state) & table.length - 1;
                while (table[slot] != null) {
                    slot = slot + 1 & table.length - 1;
                }
                table[slot] = state;
            }
        }
    }

    /** Where the state of a step is, or where it belongs; ends because at most half of the table is used. */
    private static int slot(State[] table, int hash, Simulation step) {
        int slot = hash & table.length - 1;
        while (table[slot] != null && !table[slot].isReachedBy(step)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private static int hash(State state) {
        return hash(state.items, state.items.length, state.matches, state.matches.length, state.before.ordinal());
    }

    private static int hash(int[] items, int count, Simulation step) {
        return hash(
                items,
                count,
                step.matches.items,
                step.matches.count,
                step.before().ordinal());
    }

    private static int hash(int[] items, int itemCount, int[] matches, int matchCount, int before) {
        int hash = before;
        for (int i = 0; i < itemCount; i++) {
            hash = (hash ^ items[i]) * 0x9e3779b1;
        }
        for (int i = 0; i < matchCount; i++) {
            hash = (hash ^ ~matches[i]) * 0x85ebca6b;
        }
        return hash ^ hash >>> 16;
    }
}
