package dev.weir.classify.regex;

/** What a pattern can say about a place between two bytes, by what stands before and behind it. */
enum Assertion {
    TEXT_START,
    TEXT_END,
    LINE_START,
    LINE_END,
    WORD_BOUNDARY,
    NO_WORD_BOUNDARY;

    /** True when the byte behind the place does not matter. */
    boolean looksBackOnly() {
        return this == TEXT_START || this == LINE_START;
    }

    boolean isAboutWords() {
        return this == WORD_BOUNDARY || this == NO_WORD_BOUNDARY;
    }

    boolean isAboutLines() {
        return this == LINE_START || this == LINE_END;
    }

    /** True when it holds between the two neighbours. */
    boolean holds(Neighbour before, Neighbour behind) {
        return switch (this) {
            case TEXT_START -> before == Neighbour.EDGE;
            case TEXT_END -> behind == Neighbour.EDGE;
            case LINE_START -> before == Neighbour.EDGE || before == Neighbour.NEWLINE;
            case LINE_END -> behind == Neighbour.EDGE || behind == Neighbour.NEWLINE;
            case WORD_BOUNDARY -> (before == Neighbour.WORD) != (behind == Neighbour.WORD);
            case NO_WORD_BOUNDARY -> (before == Neighbour.WORD) == (behind == Neighbour.WORD);
        };
    }

    /** What stands on one side of a place, as far as assertions tell it apart. */
    enum Neighbour {
        /** Nothing: the input begins or ends. */
        EDGE,
        NEWLINE,
        WORD,
        OTHER
    }
}
