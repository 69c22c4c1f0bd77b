package dev.weir.classify.regex;

import java.util.List;

/** A parsed pattern. */
sealed interface Node {
    Node EMPTY = new Sequence(List.of());

    /** Unbounded, as the most of a {@link Repeat}. */
    int NO_LIMIT = -1;

    /** One byte of a set. */
    record One(ByteSet set) implements Node {}

    /** One after the other; none is the empty string. */
    record Sequence(List<Node> parts) implements Node {}

    /** One of several. */
    record Choice(List<Node> branches) implements Node {}

    /** So many times; {@code most} may be {@link #NO_LIMIT}. */
    record Repeat(Node body, int least, int most) implements Node {}

    /** A place between two bytes. */
    record Place(Assertion assertion) implements Node {}

    /** A sequence without needless nesting. */
    static Node sequence(List<Node> parts) {
        return parts.size() == 1 ? parts.get(0) : parts.isEmpty() ? EMPTY : new Sequence(List.copyOf(parts));
    }

    /** Repeating what is always empty would cost time when it is compiled, and matches the same. */
    static Node repeat(Node body, int least, int most) {
        return most == 0 || body.equals(EMPTY) ? EMPTY : new Repeat(body, least, most);
    }
}
