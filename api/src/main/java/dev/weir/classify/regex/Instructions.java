package dev.weir.classify.regex;

import java.util.Arrays;

/** A list of instructions with room for each one once. */
final class Instructions {
    final int[] items;
    int count;

    Instructions(int capacity) {
        items = new int[capacity];
    }

    void add(int instruction) {
        items[count++] = instruction;
    }

    void copyFrom(int[] from, int fromCount) {
        System.arraycopy(from, 0, items, 0, fromCount);
        count = fromCount;
    }

    void sort() {
        Arrays.sort(items, 0, count);
    }

    int[] toArray() {
        return count == 0 ? State.NOTHING : Arrays.copyOf(items, count);
    }
}
