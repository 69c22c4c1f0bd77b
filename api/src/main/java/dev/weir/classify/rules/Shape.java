package dev.weir.classify.rules;

import java.util.Arrays;
import java.util.List;

/**
 * The rules that look at the same header fields. Each field's class of the packet selects a row of bits, one for each rule
 * that the class satisfies; the rules whose bits are set in all rows match. A summary above the bits has one bit for each
 * group of words in which any is set: of thousands of rules, few words are looked at. Where there is but one field, the
 * answer for each of its classes is worked out before. Immutable; read by any thread.
 */
final class Shape {
    private static final int WORD = 64;

    /** Of the rules, in ascending order: a bit's number is the index here. */
    private final int[] positions;

    private final HeaderField[] fields;
    private final int words;
    private final int wordsPerSummaryBit;
    private final long[][] bits;
    private final long[][] summaries;

    /** Of a shape with one field: by class the position of the first rule. */
    private final int[] firstOfClass;

    Shape(List<HeaderField> fields, List<Integer> positions, RuleClasses[] classes) {
        this.positions = positions.stream().mapToInt(Integer::intValue).toArray();
        this.fields = fields.toArray(HeaderField[]::new);
        words = (positions.size() + WORD - 1) / WORD;
        wordsPerSummaryBit = (words + WORD - 1) / WORD;
        bits = new long[fields.size()][];
        summaries = new long[fields.size()][];
        for (int i = 0; i < this.fields.length; i++) {
            fill(i, classes[this.fields[i].ordinal()]);
        }
        firstOfClass = this.fields.length == 1 ? firsts(classes[this.fields[0].ordinal()]) : null;
    }

    private void fill(int field, RuleClasses classes) {
        bits[field] = new long[classes.count() * words];
        summaries[field] = new long[classes.count()];
        for (int number = 0; number < classes.count(); number++) {
            for (int position : classes.rules(number)) {
                int bit = Arrays.binarySearch(positions, position);
                if (bit >= 0) {
                    int word = bit / WORD;
                    bits[field][number * words + word] |= 1L << bit;
                    summaries[field][number] |= 1L << word / wordsPerSummaryBit;
                }
            }
        }
    }

    private int[] firsts(RuleClasses classes) {
        int[] firsts = new int[classes.count()];
        for (int number = 0; number < firsts.length; number++) {
            firsts[number] = classes.rules(number).stream()
                    .filter(position -> Arrays.binarySearch(positions, position) >= 0)
                    .findFirst()
                    .orElse(HeaderIndex.NONE);
        }
        return firsts;
    }

    /** The position of the first of these rules. */
    int lowest() {
        return positions[0];
    }

    /** The position of the first rule that matches a packet of these classes; {@link HeaderIndex#NONE} for none. */
    int first(int source, int destination, int protocol, int sourcePort, int destinationPort) {
        if (firstOfClass != null) {
            return firstOfClass[classOf(0, source, destination, protocol, sourcePort, destinationPort)];
        }
        return matches(source, destination, protocol, sourcePort, destinationPort, null);
    }

    /** Sets the bit of each rule that matches, by its position. */
    void all(int source, int destination, int protocol, int sourcePort, int destinationPort, long[] into) {
        matches(source, destination, protocol, sourcePort, destinationPort, into);
    }

    /** With {@code into} all that match are marked there; without, the first is the answer. */
    private int matches(int source, int destination, int protocol, int sourcePort, int destinationPort, long[] into) {
        long summary = -1;
        for (int i = 0; i < fields.length; i++) {
            summary &= summaries[i][classOf(i, source, destination, protocol, sourcePort, destinationPort)];
        }
        while (summary != 0) { // a bit less each round
            int group = Long.numberOfTrailingZeros(summary) * wordsPerSummaryBit;
            summary &= summary - 1;
            int end = Math.min(words, group + wordsPerSummaryBit);
            for (int word = group; word < end; word++) {
                long set = wordMask(word);
                for (int i = 0; i < fields.length; i++) {
                    int number = classOf(i, source, destination, protocol, sourcePort, destinationPort);
                    set &= bits[i][number * words + word];
                }
                if (set != 0 && into == null) {
                    return positions[word * WORD + Long.numberOfTrailingZeros(set)];
                }
                for (; set != 0; set &= set - 1) {
                    int position = positions[word * WORD + Long.numberOfTrailingZeros(set)];
                    into[position / WORD] |= 1L << position;
                }
            }
        }
        return HeaderIndex.NONE;
    }

    /** The bits that stand for rules, which matter where no field clears the others. */
    private long wordMask(int word) {
        int left = positions.length - word * WORD;
        return left >= WORD ? -1 : left <= 0 ? 0 : (1L << left) - 1;
    }

    private int classOf(int index, int source, int destination, int protocol, int sourcePort, int destinationPort) {
        return switch (fields[index]) {
            case SOURCE -> source;
            case DESTINATION -> destination;
            case PROTOCOL -> protocol;
            case SOURCE_PORT -> sourcePort;
            case DESTINATION_PORT -> destinationPort;
        };
    }
}
