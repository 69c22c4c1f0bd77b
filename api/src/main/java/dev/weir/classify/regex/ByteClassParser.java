package dev.weir.classify.regex;

/** Reads what stands between brackets, for a {@link RegexParser}. */
final class ByteClassParser {
    private final RegexParser parser;
    private final boolean ignoreCase;

    ByteClassParser(RegexParser parser, boolean ignoreCase) {
        this.parser = parser;
        this.ignoreCase = ignoreCase;
    }

    /** Behind the opening bracket; reads the closing one as well. */
    ByteSet parse() {
        boolean negated = parser.accept('^');
        ByteSet set = ByteSet.NONE;
        boolean first = true;
        while (first || !parser.lookingAt("]")) { // a bracket that stands first is a character
            if (parser.atEnd()) {
                throw parser.error("a class that is not closed");
            }
            set = set.union(member());
            first = false;
        }
        parser.accept(']');
        if (ignoreCase) {
            set = set.foldCase();
        }
        return negated ? set.complement() : set;
    }

    private ByteSet member() {
        if (parser.acceptAll("[:")) {
            return posix();
        }
        if (parser.lookingAt("[") || parser.lookingAt("&&")) {
            throw parser.error("a class within a class (write \\[ or \\& for the character)");
        }
        if (parser.lookingAt("\\")) {
            parser.accept('\\');
            if (parser.atEnd()) {
                throw parser.error("a \\ at the end");
            }
            ByteSet named = parser.namedSet();
            if (named != null) {
                return named;
            }
            return range(escaped());
        }
        return range(plain());
    }

    private int escaped() {
        if (parser.accept('b')) {
            return 0x08;
        }
        boolean isByte = parser.lookingAt("x");
        int value = parser.escapedValue();
        if (!isByte && value > 127) {
            throw notOneByte();
        }
        return value;
    }

    private ByteSet range(int from) {
        if (!parser.lookingAt("-") || parser.lookingAt("-]")) {
            return ByteSet.of(from);
        }
        parser.accept('-');
        if (parser.atEnd()) {
            throw parser.error("a class that is not closed");
        }
        int to = parser.accept('\\') && !parser.atEnd() ? escaped() : plain();
        if (to < from) {
            throw parser.error("a range whose end is before its start");
        }
        return ByteSet.range(from, to);
    }

    private int plain() {
        if (parser.atEnd()) {
            throw parser.error("a class that is not closed");
        }
        int character = parser.next();
        if (character > 127) {
            throw notOneByte();
        }
        return character;
    }

    private RuntimeException notOneByte() {
        return parser.error("a character in a class that is more than one byte (write alternatives: (?:é|è))");
    }

    private ByteSet posix() {
        boolean negated = parser.accept('^');
        String name = parser.upTo(":]");
        ByteSet set =
                switch (name == null ? "" : name) {
                    case "alpha" -> ByteSet.LETTER;
                    case "digit" -> ByteSet.DIGIT;
                    case "alnum" -> ByteSet.LETTER.union(ByteSet.DIGIT);
                    case "upper" -> ByteSet.range('A', 'Z');
                    case "lower" -> ByteSet.range('a', 'z');
                    case "space" -> ByteSet.SPACE;
                    case "blank" -> ByteSet.HORIZONTAL_SPACE;
                    case "punct" ->
                        ByteSet.range('!', '/')
                                .union(ByteSet.range(':', '@'))
                                .union(ByteSet.range('[', '`'))
                                .union(ByteSet.range('{', '~'));
                    case "xdigit" ->
                        ByteSet.DIGIT.union(ByteSet.range('a', 'f')).union(ByteSet.range('A', 'F'));
                    case "cntrl" -> ByteSet.range(0, 0x1f).union(ByteSet.of(0x7f));
                    case "print" -> ByteSet.range(' ', '~');
                    case "graph" -> ByteSet.range('!', '~');
                    case "word" -> ByteSet.WORD;
                    case "ascii" -> ByteSet.range(0, 0x7f);
                    default -> throw parser.error("an unknown class [:…:]");
                };
        return negated ? set.complement() : set;
    }
}
