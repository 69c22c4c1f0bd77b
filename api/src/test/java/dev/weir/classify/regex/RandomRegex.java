package dev.weir.classify.regex;

import java.util.Random;

/** Random patterns in the words of both this package and {@link java.util.regex}, over a small alphabet. */
final class RandomRegex {
    /** ASCII letters, what assertions look at, and a byte that is neither. */
    private static final String ALPHABET = "aabbcAB_- \n\u00bf";

    private static final String[] ATOMS = {
        "a",
        "b",
        "c",
        "A",
        "_",
        "-",
        " ",
        "\\n",
        "\\xbf",
        ".",
        "[ab]",
        "[^a]",
        "[^b\\n]",
        "[a-c]",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "\\d",
        "[\\w-]",
        "ab",
        "ba",
        "(?s:.)",
        "(?i:a)",
        "(?i:[^b])",
        "(?i:ab)",
        "[A-B_]"
    };
    private static final String[] PLACES = {"^", "\\A", "\\z", "(?m:$)", "\\b", "\\B"};
    private static final String[] COUNTS = {"*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,3}?", "{2,}", "{0}"};

    private final Random random;

    RandomRegex(Random random) {
        this.random = random;
    }

    String pattern() {
        return pattern(3);
    }

    private String pattern(int depth) {
        int kind = random.nextInt(depth > 0 ? 10 : 5);
        if (kind < 4) {
            return pick(ATOMS);
        } else if (kind == 4) {
            return random.nextInt(4) > 0 ? pick(ATOMS) : pick(PLACES);
        } else if (kind < 8) {
            StringBuilder sequence = new StringBuilder();
            for (int i = 1 + random.nextInt(3); i >= 0; i--) {
                sequence.append(group(depth - 1));
            }
            return sequence.toString();
        } else if (kind == 8) {
            return group(depth - 1) + "|" + group(depth - 1) + (random.nextBoolean() ? "|" : "");
        }
        return "(?:" + group(depth - 1) + ")" + pick(COUNTS);
    }

    private String group(int depth) {
        return (random.nextBoolean() ? "(" : "(?:") + pattern(depth) + ")";
    }

    String input() {
        int length = random.nextInt(14);
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < length; i++) {
            input.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return input.toString();
    }

    private String pick(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
