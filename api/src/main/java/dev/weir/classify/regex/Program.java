package dev.weir.classify.regex;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The instructions of one pattern or of several: a nondeterministic automaton. Immutable; read by any thread.
 *
 * @param operations what each instruction does
 * @param next for each instruction the one behind it
 * @param arguments for each instruction: {@link Operation#BYTE} the index of its set, {@link Operation#SPLIT} the other
 *     instruction behind it, {@link Operation#PLACE} the ordinal of its assertion, {@link Operation#MATCH} the number of
 *     its pattern
 * @param sets the sets of bytes that instructions speak of
 * @param starts the first instruction of each pattern
 */
record Program(Operation[] operations, int[] next, int[] arguments, List<ByteSet> sets, int[] starts) {
    private static final Assertion[] ASSERTIONS = Assertion.values();

    enum Operation {
        /** Reads one byte of a set. */
        BYTE,
        /** Goes on in two places. */
        SPLIT,
        /** Goes on where an assertion holds. */
        PLACE,
        /** A pattern has matched. */
        MATCH
    }

    int size() {
        return operations.length;
    }

    Assertion assertion(int instruction) {
        return ASSERTIONS[arguments[instruction]];
    }

    /** The assertions that occur. */
    Set<Assertion> assertions() {
        Set<Assertion> assertions = EnumSet.noneOf(Assertion.class);
        for (int i = 0; i < operations.length; i++) {
            if (operations[i] == Operation.PLACE) {
                assertions.add(assertion(i));
            }
        }
        return assertions;
    }
}
