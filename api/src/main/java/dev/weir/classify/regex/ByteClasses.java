package dev.weir.classify.regex;

import dev.weir.classify.regex.Assertion.Neighbour;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The bytes that a program does not tell apart, as one symbol each: an automaton over few symbols is small. Behind them
 * comes one more symbol, the end of the input. Immutable; read by any thread.
 */
final class ByteClasses {
    private final byte[] symbolOf = new byte[256];
    private final int count;
    private final Neighbour[] neighbours;
    private final boolean[][] members;

    ByteClasses(Program program) {
        Set<Assertion> assertions = program.assertions();
        boolean lines = assertions.stream().anyMatch(Assertion::isAboutLines);
        boolean words = assertions.stream().anyMatch(Assertion::isAboutWords);
        List<ByteSet> told = new ArrayList<>(program.sets());
        if (lines) {
            told.add(ByteSet.NEWLINE);
        }
        if (words) {
            told.add(ByteSet.WORD);
        }
        count = partition(told);
        neighbours = new Neighbour[count + 1];
        members = new boolean[program.sets().size()][count + 1];
        for (int value = 255; value >= 0; value--) {
            int symbol = symbolOf(value);
            boolean word = words && ByteSet.WORD.contains(value);
            neighbours[symbol] = lines && value == '\n' ? Neighbour.NEWLINE : word ? Neighbour.WORD : Neighbour.OTHER;
            for (int set = 0; set < members.length; set++) {
                members[set][symbol] = program.sets().get(set).contains(value);
            }
        }
        neighbours[count] = Neighbour.EDGE;
    }

    /** Splits all bytes by one set after the other; returns the number of classes. */
    private int partition(List<ByteSet> sets) {
        int[] classes = new int[256];
        int found = 1;
        for (ByteSet set : sets) {
            Map<Integer, Integer> renumbered = new HashMap<>();
            for (int value = 0; value < 256; value++) {
                int key = classes[value] * 2 + (set.contains(value) ? 1 : 0);
                Integer known = renumbered.putIfAbsent(key, renumbered.size());
                classes[value] = known == null ? renumbered.size() - 1 : known;
            }
            found = renumbered.size();
        }
        for (int value = 0; value < 256; value++) {
            symbolOf[value] = (byte) classes[value];
        }
        return found;
    }

    /** The symbol of a byte, 0..255. */
    int symbolOf(int value) {
        return symbolOf[value] & 0xff;
    }

    /** The symbol for the end of the input, and the number of those for bytes. */
    int end() {
        return count;
    }

    /** What assertions see in the symbol. */
    Neighbour neighbour(int symbol) {
        return neighbours[symbol];
    }

    /** True when the bytes of the symbol are in a set of the program. */
    boolean isMember(int set, int symbol) {
        return members[set][symbol];
    }

    @Override
    public String toString() {
        return count + " classes " + Arrays.toString(symbolOf);
    }
}
