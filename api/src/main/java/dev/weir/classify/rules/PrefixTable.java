package dev.weir.classify.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the class of an address by the longest of its prefixes, in a number of steps that depends on how many different
 * prefix lengths there are, not on how many prefixes: a binary search over the lengths (Waldvogel et al., "Scalable High
 * Speed IP Routing Lookups", 1997). Each length is a probe into one hash table. A longer prefix leaves markers at the
 * shorter lengths that the search visits on the way to it; a marker knows the class of the longest prefix that it lies in,
 * so the search never has to turn back. Immutable; read by any thread.
 */
final class PrefixTable {
    private static final PrefixTable EMPTY = new PrefixTable(Map.of(), 0);

    private final int[] lengths;
    private final long[] highMasks;
    private final long[] lowMasks;

    /** Three longs for each slot: the upper half, the lower half, and {@link #tag}; a tag of 0 is a free slot. */
    private final long[] slots;

    private final int shift;
    private final int otherwise;

    /** @param classes of each prefix, the rules of shorter prefixes that it lies in included */
    private PrefixTable(Map<Prefix, Integer> classes, int otherwise) {
        this.otherwise = otherwise;
        lengths = classes.keySet().stream()
                .mapToInt(Prefix::length)
                .distinct()
                .sorted()
                .toArray();
        highMasks = Arrays.stream(lengths).mapToLong(Prefix::highMask).toArray();
        lowMasks = Arrays.stream(lengths).mapToLong(Prefix::lowMask).toArray();
        Map<Prefix, Integer> withMarkers = new HashMap<>(classes);
        classes.keySet().forEach(prefix -> mark(prefix, classes, withMarkers));
        int bits = 64 - Long.numberOfLeadingZeros(Math.max(1, withMarkers.size()) * 2L);
        shift = 64 - bits;
        slots = new long[3 << bits];
        withMarkers.forEach(this::insert);
    }

    /** The tables of one header field, for IPv4 and IPv6. */
    record Pair(PrefixTable v4, PrefixTable v6) {
        /** The class of an address; {@link RuleClasses#NONE} for a version that is neither. */
        int classOf(int version, long high, long low) {
            return version == 4 ? v4.classOf(high, low) : version == 6 ? v6.classOf(high, low) : RuleClasses.NONE;
        }
    }

    /** Tables of prefixes with the rules that ask for them. */
    static Pair build(Map<Prefix, TreeSet<Integer>> rulesOf, RuleClasses classes) {
        return new Pair(build(4, rulesOf, classes), build(6, rulesOf, classes));
    }

    private static PrefixTable build(int version, Map<Prefix, TreeSet<Integer>> rulesOf, RuleClasses classes) {
        TreeMap<Integer, List<Prefix>> byLength = new TreeMap<>();
        rulesOf.keySet().forEach(prefix -> {
            if (prefix.version() == version) {
                byLength.computeIfAbsent(prefix.length(), length -> new ArrayList<>())
                        .add(prefix);
            }
        });
        if (byLength.isEmpty()) {
            return EMPTY;
        }
        Map<Prefix, Integer> numbers = new HashMap<>();
        byLength.forEach((length, prefixes) -> {
            for (Prefix prefix : prefixes) {
                TreeSet<Integer> satisfied = new TreeSet<>(rulesOf.get(prefix));
                satisfied.addAll(classes.rules(covering(prefix, byLength, numbers)));
                numbers.put(prefix, classes.number(List.copyOf(satisfied)));
            }
        });
        return new PrefixTable(numbers, RuleClasses.NONE);
    }

    /** The class of the longest shorter prefix that this one lies in. */
    private static int covering(Prefix prefix, TreeMap<Integer, List<Prefix>> byLength, Map<Prefix, Integer> numbers) {
        for (int shorter : byLength.headMap(prefix.length(), false).descendingKeySet()) {
            Integer number = numbers.get(prefix.cutTo(shorter));
            if (number != null) {
                return number;
            }
        }
        return RuleClasses.NONE;
    }

    private void mark(Prefix prefix, Map<Prefix, Integer> classes, Map<Prefix, Integer> withMarkers) {
        int from = 0;
        int to = lengths.length - 1;
        while (true) { // ends: the prefix's length is one of them
            int middle = from + to >>> 1;
            if (lengths[middle] == prefix.length()) {
                return;
            } else if (lengths[middle] > prefix.length()) {
                to = middle - 1;
            } else {
                Prefix marker = prefix.cutTo(lengths[middle]);
                if (!withMarkers.containsKey(marker)) {
                    withMarkers.put(marker, longest(marker, middle, classes));
                }
                from = middle + 1;
            }
        }
    }

    private int longest(Prefix marker, int lengthIndex, Map<Prefix, Integer> classes) {
        for (int i = lengthIndex; i >= 0; i--) {
            Integer number = classes.get(marker.cutTo(lengths[i]));
            if (number != null) {
                return number;
            }
        }
        return otherwise;
    }

    private void insert(Prefix prefix, int number) {
        int length = Arrays.binarySearch(lengths, prefix.length());
        int slot = hash(prefix.high(), prefix.low(), length);
        while (slots[slot * 3 + 2] != 0) {
            slot = slot + 1 & (1 << 64 - shift) - 1;
        }
        slots[slot * 3] = prefix.high();
        slots[slot * 3 + 1] = prefix.low();
        slots[slot * 3 + 2] = tag(length, number);
    }

    /** The length, from 1 up, above the class. */
    private static long tag(int lengthIndex, int number) {
        return (long) (lengthIndex + 1) << 32 | number;
    }

    private int hash(long high, long low, int lengthIndex) {
        long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0xd6e8feb86659fd93L + lengthIndex;
        return (int) (mixed * 0x9e3779b97f4a7c15L >>> shift);
    }

    /** The class of an address. */
    int classOf(long high, long low) {
        int found = otherwise;
        int from = 0;
        int to = lengths.length - 1;
        while (from <= to) {
            int middle = from + to >>> 1;
            int number = probe(high & highMasks[middle], low & lowMasks[middle], middle);
            if (number >= 0) {
                found = number;
                from = middle + 1;
            } else {
                to = middle - 1;
            }
        }
        return found;
    }

    /** The class at a prefix or marker, -1 when there is none; ends because at most half of the slots are used. */
    private int probe(long high, long low, int lengthIndex) {
        int mask = (1 << 64 - shift) - 1;
        int slot = hash(high, low, lengthIndex);
        while (true) {
            long tag = slots[slot * 3 + 2];
            if (tag == 0) {
                return -1;
            }
            if (tag >>> 32 == lengthIndex + 1 && slots[slot * 3 + 1] == low && slots[slot * 3] == high) {
                return (int) tag;
            }
            slot = slot + 1 & mask;
        }
    }
}
