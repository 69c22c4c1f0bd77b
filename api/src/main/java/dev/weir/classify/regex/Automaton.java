package dev.weir.classify.regex;

import dev.weir.classify.regex.Assertion.Neighbour;
import dev.weir.packet.Bytes;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The deterministic automaton of one pattern or several, made while it runs. Reading a byte whose transition is known is
 * two reads of memory, without a lock. An unknown transition is worked out by simulating the patterns for one symbol, under
 * a lock, and is kept.
 *
 * <p>Inputs can be made that need ever new states. What is kept is bounded: when it is full, all is forgotten and learned
 * anew, provided that it has been of use; else the input is simulated to its end, which is slower but needs no memory.
 *
 * <p>Any thread.
 */
final class Automaton {
    /** Of all states that are kept. */
    private static final long CACHE_BYTES = 4 << 20;

    /** A state has paid for itself when so many bytes were read. */
    private static final long BYTES_A_STATE = 40;

    private final Program program;
    private final ByteClasses classes;
    private final Restarts restarts;
    private final State start;
    private final State over;
    private final State matched;
    private final AtomicLong exhausted = new AtomicLong();
    private final ThreadLocal<Simulation> simulations;

    /** Guards what follows. */
    private final Object learning = new Object();

    private final Simulation simulation;
    private final StateCache cache;
    private long bytesRead;
    private long simulatedBytes;

    Automaton(Program program) {
        this(program, CACHE_BYTES);
    }

    Automaton(Program program, long cacheBytes) {
        this.program = program;
        classes = new ByteClasses(program);
        simulation = new Simulation(program, classes);
        restarts = new Restarts(program, classes, simulation);
        simulations = ThreadLocal.withInitial(() -> new Simulation(program, classes));
        cache = new StateCache(classes.end() + 1, restarts.areAnchored(), cacheBytes);
        simulation.begin(Neighbour.EDGE);
        int[] empty = simulation.matches.toArray();
        start = new State(State.NOTHING, empty, Neighbour.EDGE, false, classes.end() + 1);
        over = new State(State.NOTHING, State.NOTHING, Neighbour.EDGE, true, 0);
        matched = new State(State.NOTHING, new int[] {0}, Neighbour.EDGE, true, 0);
    }

    int patterns() {
        return program.starts().length;
    }

    /** Before the first byte. Its matches are those of patterns that match the empty string. */
    State start() {
        return start;
    }

    long exhausted() {
        return exhausted.get();
    }

    /** Memory of the states that are kept. */
    long cachedBytes() {
        synchronized (learning) {
            return cache.bytes();
        }
    }

    /** Bytes that were read without making states. */
    long simulatedBytes() {
        synchronized (learning) {
            return simulatedBytes;
        }
    }

    /**
     * Reads bytes.
     *
     * @param atEnd whether the input ends behind them
     * @param into gets the patterns that match, and reading stops when all have; null to stop at the first match
     * @return the state behind them, or the one at which it stopped; null when the budget has run out
     */
    State run(State from, Bytes input, int offset, int length, boolean atEnd, RegexMatches into, StepBudget budget) {
        State state = from;
        int at = offset;
        int end = offset + length;
        int learnedAt = offset;
        while (true) { // ends: each round reads a byte or spends of the budget
            int readFrom = at;
            int until = at + Math.min(end - at, budget.left());
            while (at < until) {
                State next = state.next[classes.symbolOf(input.u8(at))];
                if (next == null) {
                    break;
                }
                at++;
                state = next;
                if (next.special && isOver(next, into)) {
                    budget.spend(at - readFrom);
                    return next;
                }
            }
            budget.spend(at - readFrom);
            if (at == end && !atEnd) {
                return state;
            }
            if (budget.left() == 0) {
                exhausted.incrementAndGet();
                return null;
            }
            int symbol = at < end ? classes.symbolOf(input.u8(at)) : classes.end();
            State next = state.next[symbol];
            if (next == null) {
                next = learn(state, symbol, at - learnedAt, budget);
                learnedAt = at;
                if (next == null) {
                    return simulate(state, input, at, end, atEnd, into, budget);
                }
            }
            state = next;
            if (next.special && isOver(next, into) || at == end) {
                return next;
            }
            at++;
        }
    }

    private static boolean isOver(State state, RegexMatches into) {
        if (into == null) {
            return true;
        }
        into.addAll(state.matches, state.matches.length);
        return state.dead || into.isFull();
    }

    /** Works out a transition; null when there is no room for more states and making some has not paid. */
    private State learn(State from, int symbol, int bytesSince, StepBudget budget) {
        synchronized (learning) {
            bytesRead += bytesSince;
            State known = from.next[symbol];
            if (known != null) {
                return known;
            }
            if (cache.isFull()) {
                if (bytesRead < cache.count() * BYTES_A_STATE) {
                    return null;
                }
                cache.clear();
                Arrays.fill(start.next, null);
                bytesRead = 0;
            }
            simulation.step(from.items, from.items.length, from.before, symbol, restarts);
            budget.spend(simulation.cost());
            State state = cache.intern(simulation);
            if (from == start || cache.holds(from)) { // one that was forgotten must not keep others alive
                from.next[symbol] = state;
            }
            return state;
        }
    }

    private State simulate(
            State from, Bytes input, int offset, int end, boolean atEnd, RegexMatches into, StepBudget budget) {
        synchronized (learning) {
            bytesRead += end - offset;
            simulatedBytes += end - offset;
        }
        Simulation step = simulations.get();
        int[] items = from.items;
        int count = items.length;
        Neighbour before = from.before;
        for (int at = offset; at < end || atEnd && at == end; at++) {
            if (budget.left() == 0) {
                exhausted.incrementAndGet();
                return null;
            }
            step.step(items, count, before, at < end ? classes.symbolOf(input.u8(at)) : classes.end(), restarts);
            budget.spend(step.cost());
            if (step.matches.count > 0) {
                if (into == null) {
                    return matched;
                }
                into.addAll(step.matches.items, step.matches.count);
            }
            items = step.reached.items;
            count = step.reached.count;
            before = step.before();
        }
        return atEnd ? over : cache.make(step);
    }
}
