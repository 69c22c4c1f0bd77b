package dev.weir.classify.regex;

import java.util.Arrays;

/** Which of so many numbers were seen; forgetting all of them costs nothing. */
final class Marks {
    private final int[] seenIn;
    private int generation = 1;

    Marks(int size) {
        seenIn = new int[size];
    }

    void clear() {
        if (++generation == Integer.MAX_VALUE) {
            Arrays.fill(seenIn, 0);
            generation = 1;
        }
    }

    /** True the first time since {@link #clear()}. */
    boolean mark(int number) {
        if (seenIn[number] == generation) {
            return false;
        }
        seenIn[number] = generation;
        return true;
    }
}
