package dev.weir.classify.regex;

import dev.weir.classify.regex.Assertion.Neighbour;
import dev.weir.classify.regex.Program.Operation;

/**
 * Steps of the nondeterministic automaton: from a set of instructions, over one symbol, to the next set. Used by one
 * thread at a time.
 */
final class Simulation {
    private static final int STEP_COST = 20;

    private final Program program;
    private final ByteClasses classes;
    private final int[] stack;
    private final Marks seen;
    private final Marks matched;
    private final Instructions ready;

    /** What the latest step reached: instructions that read a byte, and places whose right neighbour is not known. */
    final Instructions reached;

    /** The patterns that the latest step matched. */
    final Instructions matches;

    /** What stands before the place that was reached. */
    private Neighbour before = Neighbour.EDGE;

    /** What the latest step cost, in about the time that reading a byte takes. */
    private int cost;

    Simulation(Program program, ByteClasses classes) {
        this.program = program;
        this.classes = classes;
        int size = program.size();
        stack = new int[size];
        seen = new Marks(size);
        matched = new Marks(program.starts().length);
        ready = new Instructions(size);
        reached = new Instructions(size);
        matches = new Instructions(program.starts().length);
    }

    Neighbour before() {
        return before;
    }

    int cost() {
        return cost;
    }

    /** Where all patterns stand that begin behind {@code before}. */
    void begin(Neighbour before) {
        clear();
        this.before = before;
        for (int start : program.starts()) {
            close(start, null, reached);
        }
        sort();
    }

    /**
     * One step.
     *
     * @param from instructions, the first {@code count} of the array; may be those of {@link #reached}
     * @param before what stands before the place that they are at
     * @param restarts where patterns stand that began at that place; null for none
     */
    void step(int[] from, int count, Neighbour before, int symbol, Restarts restarts) {
        resolve(from, count, before, classes.neighbour(symbol));
        advance(symbol);
        if (restarts != null) {
            Restarts.Leap leap = restarts.from(before, symbol);
            for (int instruction : leap.reached()) {
                if (seen.mark(instruction)) {
                    reached.add(instruction);
                }
            }
            for (int pattern : leap.matches()) {
                match(pattern);
            }
        }
        sort();
        cost += STEP_COST + 4 * reached.count;
    }

    /** Follows what waited at a place, now that both neighbours are known. */
    private void resolve(int[] from, int count, Neighbour before, Neighbour behind) {
        clear();
        ready.count = 0;
        this.before = before;
        for (int i = 0; i < count; i++) {
            int instruction = from[i];
            if (program.operations()[instruction] != Operation.PLACE) {
                if (seen.mark(instruction)) {
                    ready.add(instruction);
                }
            } else if (program.assertion(instruction).holds(before, behind)) {
                close(program.next()[instruction], behind, ready);
            }
        }
        cost += count;
    }

    private void advance(int symbol) {
        seen.clear();
        reached.count = 0;
        before = classes.neighbour(symbol);
        for (int i = 0; i < ready.count; i++) {
            int instruction = ready.items[i];
            if (classes.isMember(program.arguments()[instruction], symbol)) {
                close(program.next()[instruction], null, reached);
            }
        }
        cost += ready.count;
    }

    /**
     * Collects what can be reached from an instruction without reading. Ends because no instruction is put on the stack
     * twice.
     *
     * @param behind what stands behind the place, or null where that is not known yet
     */
    private void close(int start, Neighbour behind, Instructions into) {
        int depth = push(start, 0);
        while (depth > 0) {
            int instruction = stack[--depth];
            cost++;
            switch (program.operations()[instruction]) {
                case BYTE -> into.add(instruction);
                case MATCH -> match(program.arguments()[instruction]);
                case SPLIT -> {
                    depth = push(program.next()[instruction], depth);
                    depth = push(program.arguments()[instruction], depth);
                }
                case PLACE -> {
                    Assertion assertion = program.assertion(instruction);
                    if (behind == null && !assertion.looksBackOnly()) {
                        into.add(instruction);
                    } else if (assertion.holds(before, behind)) {
                        depth = push(program.next()[instruction], depth);
                    }
                }
            }
        }
    }

    private int push(int instruction, int depth) {
        if (!seen.mark(instruction)) {
            return depth;
        }
        stack[depth] = instruction;
        return depth + 1;
    }

    private void match(int pattern) {
        if (matched.mark(pattern)) {
            matches.add(pattern);
        }
    }

    private void clear() {
        seen.clear();
        matched.clear();
        reached.count = 0;
        matches.count = 0;
        cost = 0;
    }

    /** The same set is to be the same list. */
    private void sort() {
        reached.sort();
        matches.sort();
    }
}
