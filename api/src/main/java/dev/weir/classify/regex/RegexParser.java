package dev.weir.classify.regex;

import dev.weir.WeirException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads a pattern; recursive descent, one method for each rule of the grammar. */
final class RegexParser {
    private static final int MAX_NESTING = 100;
    private static final int MAX_REPETITIONS = 1000;
    private static final int UNLIMITED = Node.NO_LIMIT;

    private final String pattern;
    private int at;
    private int nesting;
    private boolean ignoreCase;
    private boolean dotMatchesAll;
    private boolean multiLine;

    private RegexParser(String pattern, boolean ignoreCase, boolean dotMatchesAll) {
        this.pattern = pattern;
        this.ignoreCase = ignoreCase;
        this.dotMatchesAll = dotMatchesAll;
    }

    static Node parse(String pattern, boolean ignoreCase, boolean dotMatchesAll) {
        RegexParser parser = new RegexParser(pattern, ignoreCase, dotMatchesAll);
        Node node = parser.choice();
        if (parser.at < pattern.length()) {
            throw parser.error("a \")\" that closes nothing (write \\) for the character)");
        }
        return node;
    }

    private Node choice() {
        List<Node> branches = new ArrayList<>();
        branches.add(sequence());
        while (accept('|')) {
            branches.add(sequence());
        }
        return branches.size() == 1 ? branches.get(0) : new Node.Choice(List.copyOf(branches));
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        while (at < pattern.length() && peek() != '|' && peek() != ')') {
            if (acceptAll("\\Q")) {
                quoted(parts);
            } else {
                Node atom = atom();
                if (!atom.equals(Node.EMPTY) || startsQuantifier()) {
                    parts.add(quantified(atom));
                }
            }
        }
        return Node.sequence(parts);
    }

    /** What stands between {@code \Q} and {@code \E}; a quantifier behind it belongs to its last character. */
    private void quoted(List<Node> parts) {
        int end = pattern.indexOf("\\E", at);
        String text = pattern.substring(at, end < 0 ? pattern.length() : end);
        at = end < 0 ? pattern.length() : end + 2;
        text.codePoints().forEach(character -> parts.add(literal(character)));
        if (!text.isEmpty() && startsQuantifier()) {
            parts.add(quantified(parts.remove(parts.size() - 1)));
        }
    }

    private boolean startsQuantifier() {
        return at < pattern.length() && ("*+?".indexOf(peek()) >= 0 || isCount());
    }

    /** True at {@code {n}}, {@code {n,}} and {@code {n,m}}; any other brace is a character. */
    private boolean isCount() {
        if (peek() != '{') {
            return false;
        }
        int end = at + 1;
        int digits = 0;
        while (end < pattern.length() && isDigit(pattern.charAt(end))) {
            end++;
            digits++;
        }
        if (end < pattern.length() && pattern.charAt(end) == ',') {
            end++;
            while (end < pattern.length() && isDigit(pattern.charAt(end))) {
                end++;
            }
        }
        return digits > 0 && end < pattern.length() && pattern.charAt(end) == '}';
    }

    private Node quantified(Node atom) {
        if (!startsQuantifier()) {
            return atom;
        }
        int least = 0;
        int most = UNLIMITED;
        switch (pattern.charAt(at++)) {
            case '*' -> {}
            case '+' -> least = 1;
            case '?' -> most = 1;
            default -> {
                least = number();
                most = !accept(',') ? least : peek() == '}' ? UNLIMITED : number();
                at++; // the closing brace, which isCount has seen
                if (most != UNLIMITED && most < least) {
                    throw error("a repetition whose most is less than its least");
                }
            }
        }
        accept('?'); // lazy: the same answer
        if (at < pattern.length() && peek() == '+') {
            throw error("a possessive quantifier, which is not supported (leave out the second +)");
        }
        if (startsQuantifier()) {
            throw error("a quantifier behind a quantifier (put the first one in a group)");
        }
        return Node.repeat(atom, least, most);
    }

    private int number() {
        int value = 0;
        while (at < pattern.length() && isDigit(peek())) {
            value = value * 10 + pattern.charAt(at++) - '0';
            if (value > MAX_REPETITIONS) {
                throw error("more than " + MAX_REPETITIONS + " repetitions");
            }
        }
        return value;
    }

    private Node atom() {
        char first = pattern.charAt(at++);
        return switch (first) {
            case '(' -> group();
            case '[' -> new Node.One(new ByteClassParser(this, ignoreCase).parse());
            case '.' -> new Node.One(dotMatchesAll ? ByteSet.ALL : ByteSet.NEWLINE.complement());
            case '^' -> new Node.Place(multiLine ? Assertion.LINE_START : Assertion.TEXT_START);
            case '$' -> new Node.Place(multiLine ? Assertion.LINE_END : Assertion.TEXT_END);
            case '*', '+', '?' ->
                throw error("a \"" + first + "\" with nothing before it to repeat (write \\" + first
                        + " for the character)");
            case '\\' -> escape();
            default -> {
                at--;
                if (isCount()) {
                    throw error("a repetition with nothing before it to repeat (write \\{ for the character)");
                }
                int character = pattern.codePointAt(at);
                at += Character.charCount(character);
                yield literal(character);
            }
        };
    }

    /** Behind an opening parenthesis. Flags that are set inside a group end with it. */
    private Node group() {
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotMatchesAll = dotMatchesAll;
        boolean outerMultiLine = multiLine;
        if (accept('?') && !groupKind()) {
            return Node.EMPTY; // "(?i)": flags for the rest of the enclosing group
        }
        if (++nesting > MAX_NESTING) {
            throw error("more than " + MAX_NESTING + " groups within each other");
        }
        Node body = choice();
        if (!accept(')')) {
            throw error("a group that is not closed");
        }
        nesting--;
        ignoreCase = outerIgnoreCase;
        dotMatchesAll = outerDotMatchesAll;
        multiLine = outerMultiLine;
        return body;
    }

    /** Behind {@code (?}: false for flags without a group of their own. */
    private boolean groupKind() {
        for (String look : new String[] {"=", "!", "<=", "<!"}) {
            if (pattern.startsWith(look, at)) {
                throw error("look-around, which cannot be matched in linear time");
            }
        }
        if (pattern.startsWith(">", at)) {
            throw error("an atomic group, which is not supported (a plain group is (?:…))");
        }
        if (accept(':')) {
            return true;
        }
        if (acceptAll("P<") || accept('<')) {
            int end = pattern.indexOf('>', at);
            if (end < 0) {
                throw error("a group name without an end");
            }
            at = end + 1;
            return true;
        }
        return flags();
    }

    private boolean flags() {
        boolean value = true;
        while (at < pattern.length()) {
            switch (pattern.charAt(at++)) {
                case 'i' -> ignoreCase = value;
                case 's' -> dotMatchesAll = value;
                case 'm' -> multiLine = value;
                case '-' -> value = false;
                case ':' -> {
                    return true;
                }
                case ')' -> {
                    return false;
                }
                default -> throw error("an unknown kind of group or flag (the flags are i, s and m)");
            }
        }
        throw error("a group that is not closed");
    }

    private Node escape() {
        if (at == pattern.length()) {
            throw error("a \\ at the end");
        }
        char next = peek();
        if (next >= '1' && next <= '9' || next == 'k' || next == 'g') {
            throw error("a back-reference, which cannot be matched in linear time");
        }
        Assertion place =
                switch (next) {
                    case 'A' -> Assertion.TEXT_START;
                    case 'z' -> Assertion.TEXT_END;
                    case 'b' -> Assertion.WORD_BOUNDARY;
                    case 'B' -> Assertion.NO_WORD_BOUNDARY;
                    default -> null;
                };
        if (place != null) {
            at++;
            return new Node.Place(place);
        }
        ByteSet named = namedSet();
        return named != null ? new Node.One(fold(named)) : escapedCharacter();
    }

    /** The set behind a {@code \}, such as that of {@code \d}; null, with nothing read, when it is none. */
    ByteSet namedSet() {
        ByteSet set =
                switch (peek()) {
                    case 'd', 'D' -> ByteSet.DIGIT;
                    case 'w', 'W' -> ByteSet.WORD;
                    case 's', 'S' -> ByteSet.SPACE;
                    case 'h', 'H' -> ByteSet.HORIZONTAL_SPACE;
                    default -> null;
                };
        if (set == null) {
            return null;
        }
        return Character.isUpperCase(pattern.charAt(at++)) ? set.complement() : set;
    }

    private Node escapedCharacter() {
        boolean isByte = peek() == 'x';
        int value = escapedValue();
        return isByte ? new Node.One(fold(ByteSet.of(value))) : literal(value);
    }

    /** The value of an escape: of {@code \x} a byte, else a character. */
    int escapedValue() {
        char letter = pattern.charAt(at++);
        return switch (letter) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'a' -> 0x07;
            case 'e' -> 0x1b;
            case 'v' -> 0x0b;
            case '0' -> 0;
            case 'x' -> {
                if (!accept('{')) {
                    yield hex(2);
                }
                int end = pattern.indexOf('}', at);
                int value = hex(Math.min(Math.max(end - at, 1), 2));
                if (!accept('}')) {
                    throw error("\\x{…} that is not one byte");
                }
                yield value;
            }
            case 'u' -> hex(4);
            default -> {
                if (letter < 128 && ByteSet.LETTER.union(ByteSet.DIGIT).contains(letter)) {
                    throw error("\\" + letter + ", which is not supported");
                }
                at--;
                int character = pattern.codePointAt(at);
                at += Character.charCount(character);
                yield character;
            }
        };
    }

    private int hex(int digits) {
        try {
            int value = Integer.parseUnsignedInt(pattern.substring(at, at + digits), 16);
            at += digits;
            return value;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw error("an escape that needs " + digits + " hexadecimal digits");
        }
    }

    /** A character as the bytes of its UTF-8 form. */
    private Node literal(int character) {
        if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
            throw error("half of a surrogate pair (write the character itself)");
        }
        List<Node> bytes = new ArrayList<>(1);
        for (byte part : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
            bytes.add(new Node.One(fold(ByteSet.of(part & 0xff))));
        }
        return Node.sequence(bytes);
    }

    private ByteSet fold(ByteSet set) {
        return ignoreCase ? set.foldCase() : set;
    }

    boolean atEnd() {
        return at >= pattern.length();
    }

    char peek() {
        return pattern.charAt(at);
    }

    int next() {
        int character = pattern.codePointAt(at);
        at += Character.charCount(character);
        return character;
    }

    boolean accept(char character) {
        if (at < pattern.length() && peek() == character) {
            at++;
            return true;
        }
        return false;
    }

    boolean acceptAll(String text) {
        if (pattern.startsWith(text, at)) {
            at += text.length();
            return true;
        }
        return false;
    }

    boolean lookingAt(String text) {
        return pattern.startsWith(text, at);
    }

    /** Reads what stands before {@code end}, and {@code end}; null, with nothing read, when there is no such end. */
    String upTo(String end) {
        int found = pattern.indexOf(end, at);
        if (found < 0) {
            return null;
        }
        String text = pattern.substring(at, found);
        at = found + end.length();
        return text;
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    WeirException error(String what) {
        return new WeirException("the regular expression \"" + pattern + "\" has " + what + ", at character "
                + Math.min(at, pattern.length()));
    }
}
