package dev.weir.classify.regex;

import dev.weir.classify.regex.Assertion.Neighbour;
import java.util.Arrays;

/**
 * A state of the deterministic automaton: a set of places in the program at once. Fields are final, so the object is whole
 * for every thread that comes across it; an entry of {@link #next} is either null, not known, or right for good, so threads
 * may read it while another one writes.
 */
final class State {
    static final int[] NOTHING = {};
    private static final int OVERHEAD_BYTES = 100;

    /** Where the program stands, in ascending order; patterns that begin here are left out ({@link Restarts}). */
    final int[] items;

    /** The patterns that match with the symbol that led here, in ascending order. */
    final int[] matches;

    /** What stands before this place. */
    final Neighbour before;

    /** True when nothing can match from here on. */
    final boolean dead;

    /** True when there is more to do than to go on: something has matched, or nothing can any more. */
    final boolean special;

    /** By symbol; null where it is not known yet. */
    final State[] next;

    State(int[] items, int[] matches, Neighbour before, boolean dead, int symbols) {
        this.items = items;
        this.matches = matches;
        this.before = before;
        this.dead = dead;
        this.special = dead || matches.length > 0;
        this.next = new State[symbols];
    }

    /** True when it is the state that a step has led to. */
    boolean isReachedBy(Simulation step) {
        return before == step.before() && same(items, step.reached) && same(matches, step.matches);
    }

    private static boolean same(int[] mine, Instructions other) {
        return Arrays.equals(mine, 0, mine.length, other.items, 0, other.count);
    }

    int sizeBytes() {
        return OVERHEAD_BYTES + 4 * (items.length + matches.length + next.length);
    }
}
