package dev.weir.classify.regex;

import dev.weir.WeirException;
import dev.weir.classify.regex.Program.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns parsed patterns into instructions (Thompson's construction), from the end to the beginning: what follows an
 * instruction is known when it is made.
 */
final class ProgramBuilder {
    /** Of one pattern: counted repetitions are written out. */
    private static final int MAX_PATTERN_INSTRUCTIONS = 10_000;

    /** Of all patterns of a set together. */
    private static final int MAX_INSTRUCTIONS = 1_000_000;

    private Operation[] operations = new Operation[64];
    private int[] next = new int[64];
    private int[] arguments = new int[64];
    private int size;
    private int limit;
    private final Map<ByteSet, Integer> sets = new LinkedHashMap<>();
    private final List<Integer> starts = new ArrayList<>();

    /** Adds a pattern; it gets the next number, from 0 up. */
    ProgramBuilder add(String pattern, Node node) {
        limit = size + MAX_PATTERN_INSTRUCTIONS;
        int match = emit(Operation.MATCH, -1, starts.size());
        int start = compile(node, match);
        if (start < 0) {
            throw new WeirException("the regular expression \"" + pattern + "\" needs more than "
                    + MAX_PATTERN_INSTRUCTIONS + " states; lower its counts of repetitions");
        }
        if (size > MAX_INSTRUCTIONS) {
            throw new WeirException(starts.size() + " regular expressions together need more than " + MAX_INSTRUCTIONS
                    + " states; use fewer, or plain values instead");
        }
        starts.add(start);
        return this;
    }

    Program build() {
        return new Program(
                Arrays.copyOf(operations, size),
                Arrays.copyOf(next, size),
                Arrays.copyOf(arguments, size),
                List.copyOf(sets.keySet()),
                starts.stream().mapToInt(Integer::intValue).toArray());
    }

    /** The first instruction of the node, or -1 when the pattern is too large. */
    private int compile(Node node, int behind) {
        if (behind < 0) {
            return -1;
        } else if (node instanceof Node.One one) {
            return emit(Operation.BYTE, behind, set(one.set()));
        } else if (node instanceof Node.Place place) {
            return emit(Operation.PLACE, behind, place.assertion().ordinal());
        } else if (node instanceof Node.Sequence sequence) {
            int first = behind;
            for (int i = sequence.parts().size() - 1; i >= 0; i--) {
                first = compile(sequence.parts().get(i), first);
            }
            return first;
        } else if (node instanceof Node.Choice choice) {
            int last = choice.branches().size() - 1;
            int first = compile(choice.branches().get(last), behind);
            for (int i = last - 1; i >= 0 && first >= 0; i--) {
                int branch = compile(choice.branches().get(i), behind);
                first = branch < 0 ? -1 : emit(Operation.SPLIT, branch, first);
            }
            return first;
        }
        return repeat((Node.Repeat) node, behind);
    }

    /** Written out: x{2,4} is xx(x(x)?)?, x{2,} is xxx*. Each copy is at least one instruction, so the loops end. */
    private int repeat(Node.Repeat repeat, int behind) {
        int first = behind;
        if (repeat.most() == Node.NO_LIMIT) {
            first = emit(Operation.SPLIT, -1, behind);
            int body = compile(repeat.body(), first);
            if (body < 0) {
                return -1;
            }
            next[first] = body;
        } else {
            for (int i = repeat.least(); i < repeat.most() && first >= 0; i++) {
                int body = compile(repeat.body(), first);
                first = body < 0 ? -1 : emit(Operation.SPLIT, body, behind);
            }
        }
        for (int i = 0; i < repeat.least() && first >= 0; i++) {
            first = compile(repeat.body(), first);
        }
        return first;
    }

    private int set(ByteSet set) {
        Integer known = sets.putIfAbsent(set, sets.size());
        return known == null ? sets.size() - 1 : known;
    }

    /** The instruction's number, or -1 when the pattern is too large. */
    private int emit(Operation operation, int behind, int argument) {
        if (size == limit) {
            return -1;
        }
        if (size == operations.length) {
            operations = Arrays.copyOf(operations, size * 2);
            next = Arrays.copyOf(next, size * 2);
            arguments = Arrays.copyOf(arguments, size * 2);
        }
        operations[size] = operation;
        next[size] = behind;
        arguments[size] = argument;
        return size++;
    }
}
