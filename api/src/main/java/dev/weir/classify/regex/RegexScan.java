package dev.weir.classify.regex;

import dev.weir.packet.Bytes;
import java.util.Objects;

/**
 * Reads a stream piece by piece: no byte is read twice, and what begins in one piece may end in a later one. One for each
 * stream, used by one thread at a time. Keeps about a hundred bytes, and the state of the automaton that it is in.
 */
public final class RegexScan {
    private final Automaton automaton;
    private final RegexMatches matches;
    private State state;

    RegexScan(Automaton automaton, RegexMatches matches) {
        this.automaton = automaton;
        this.matches = matches;
        state = automaton.start();
        matches.addAll(state.matches, state.matches.length);
    }

    /** What has matched so far. */
    public RegexMatches matches() {
        return matches;
    }

    /** True when nothing more can be found: all have matched, none can any more, or the budget ran out. */
    public boolean isOver() {
        return state == null || state.dead || matches.isFull();
    }

    /** True when the budget ran out: what else would match is not known. */
    public boolean isExhausted() {
        return state == null;
    }

    /** Reads the next piece of the stream. Reads nothing when it {@link #isOver() is over}. */
    public void read(Bytes input, int offset, int length, StepBudget budget) {
        advance(input, offset, length, false, budget);
    }

    /** The last piece of the stream, which may be empty: {@code $} is behind it. Call it once. */
    public void end(Bytes input, int offset, int length, StepBudget budget) {
        advance(input, offset, length, true, budget);
    }

    private void advance(Bytes input, int offset, int length, boolean atEnd, StepBudget budget) {
        Objects.checkFromIndexSize(offset, length, input.length());
        if (!isOver()) {
            state = automaton.run(state, input, offset, length, atEnd, matches, budget);
        }
    }
}
