package dev.weir.classify.regex;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A compiled regular expression; see the package for its syntax. Immutable for its users, and any thread may use it at any
 * time. Finding costs one to three nanoseconds a byte when the automaton knows its way; learning is shared by all threads.
 *
 * <p>Memory: the automaton grows with what it sees, up to 4 MiB; most stay at a few kilobytes.
 */
public final class Regex {
    /** How a pattern is meant. */
    public enum Option {
        /** ASCII letters match in either case: {@code (?i)}. */
        CASE_INSENSITIVE,
        /** {@code .} matches line feeds too: {@code (?s)}. */
        DOT_ALL,
        /** The pattern has to match the whole input, not a part of it. */
        WHOLE
    }

    private final String pattern;
    private final Node node;
    private final Automaton automaton;

    private Regex(String pattern, Node node) {
        this.pattern = pattern;
        this.node = node;
        this.automaton = new Automaton(new ProgramBuilder().add(pattern, node).build());
    }

    /**
     * Compiles a pattern.
     *
     * @throws WeirException for what is not a regular expression or cannot be matched in linear time; says what and where
     */
    public static Regex compile(String pattern, Option... options) {
        Objects.requireNonNull(pattern, "pattern");
        Set<Option> chosen = Set.of(options);
        Node node =
                RegexParser.parse(pattern, chosen.contains(Option.CASE_INSENSITIVE), chosen.contains(Option.DOT_ALL));
        if (chosen.contains(Option.WHOLE)) {
            node = new Node.Sequence(
                    List.of(new Node.Place(Assertion.TEXT_START), node, new Node.Place(Assertion.TEXT_END)));
        }
        return new Regex(pattern, node);
    }

    /** The pattern as it was given. */
    public String pattern() {
        return pattern;
    }

    Node node() {
        return node;
    }

    /**
     * Looks for the expression in a part of a window; {@code ^} and {@code $} are its edges. Allocates nothing but new
     * states.
     *
     * @throws IndexOutOfBoundsException when the part does not lie within the window
     */
    public RegexMatch find(Bytes input, int offset, int length, StepBudget budget) {
        Objects.checkFromIndexSize(offset, length, input.length());
        State start = automaton.start();
        if (start.matches.length > 0) {
            return RegexMatch.YES;
        }
        State end = automaton.run(start, input, offset, length, true, null, budget);
        return end == null ? RegexMatch.UNDECIDED : end.matches.length > 0 ? RegexMatch.YES : RegexMatch.NO;
    }

    /** As the other one, over a whole window. */
    public RegexMatch find(Bytes input, StepBudget budget) {
        return find(input, 0, input.length(), budget);
    }

    /**
     * Looks for the expression in a text, as UTF-8 bytes and without a budget. Allocates: for rules and tests, not for
     * packets.
     */
    public boolean find(String text) {
        Bytes bytes = Bytes.of(text.getBytes(StandardCharsets.UTF_8));
        return find(bytes, new StepBudget(Integer.MAX_VALUE)) == RegexMatch.YES;
    }

    /** How often the budget ran out before the answer was known. */
    public long exhausted() {
        return automaton.exhausted();
    }

    /** The pattern. */
    @Override
    public String toString() {
        return pattern;
    }
}
