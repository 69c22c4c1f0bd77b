package dev.weir.classify.regex;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import java.util.List;
import java.util.Objects;

/**
 * Many regular expressions that are matched in one pass: finding all that match costs about as much as finding one.
 * Immutable for its users, and any thread may use it at any time.
 */
public final class RegexSet {
    private final List<Regex> expressions;
    private final Automaton automaton;

    private RegexSet(List<Regex> expressions) {
        this.expressions = List.copyOf(expressions);
        ProgramBuilder builder = new ProgramBuilder();
        for (Regex expression : expressions) {
            builder.add(expression.pattern(), expression.node());
        }
        automaton = new Automaton(builder.build());
    }

    /**
     * A set; an expression's number is its index in the list.
     *
     * @throws WeirException when they are too many for one automaton
     */
    public static RegexSet of(List<Regex> expressions) {
        return new RegexSet(expressions);
    }

    /** The expressions, in the order of their numbers. */
    public List<Regex> expressions() {
        return expressions;
    }

    /** How many expressions there are. */
    public int size() {
        return expressions.size();
    }

    /**
     * Looks for all expressions in a part of a window; {@code ^} and {@code $} are its edges. Allocates nothing but new
     * states.
     *
     * @param into gets the numbers of those that match, beside what it holds; made for this set
     * @return false when the budget ran out: what was found until then is there, what else would match is not known
     * @throws IndexOutOfBoundsException when the part does not lie within the window
     */
    public boolean find(Bytes input, int offset, int length, RegexMatches into, StepBudget budget) {
        Objects.checkFromIndexSize(offset, length, input.length());
        State start = automaton.start();
        into.addAll(start.matches, start.matches.length);
        return into.isFull() || automaton.run(start, input, offset, length, true, into, budget) != null;
    }

    /** Begins to read a stream, piece by piece. Allocates the object that remembers where it is: one a stream. */
    public RegexScan scan() {
        return new RegexScan(automaton, new RegexMatches(size()));
    }

    /** How often the budget ran out before all was known. */
    public long exhausted() {
        return automaton.exhausted();
    }

    @Override
    public String toString() {
        return expressions.toString();
    }
}
