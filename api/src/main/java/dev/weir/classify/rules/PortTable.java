package dev.weir.classify.rules;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The class of each port, in pages of 256 ports of which equal ones are kept once. Immutable; read by any thread. */
final class PortTable {
    private static final int PAGE = 256;

    private final int[][] pages = new int[PAGE][];

    private PortTable(int[] classes) {
        Map<List<Integer>, int[]> known = new HashMap<>();
        for (int page = 0; page < PAGE; page++) {
            int first = page * PAGE;
            List<Integer> numbers =
                    Arrays.stream(classes, first, first + PAGE).boxed().toList();
            pages[page] = known.computeIfAbsent(numbers, same -> Arrays.copyOfRange(classes, first, first + PAGE));
        }
    }

    /** A table of ranges with the rules that ask for them. */
    static PortTable build(Map<PortRange, TreeSet<Integer>> rulesOf, RuleClasses classes) {
        // Of each rule, how many of its ranges more begin than end at a port: ranges of one rule may overlap.
        Map<Integer, TreeMap<Integer, Integer>> changes = new HashMap<>();
        rulesOf.forEach((range, rules) -> rules.forEach(rule -> {
            change(changes, range.first(), rule, 1);
            change(changes, range.last() + 1, rule, -1);
        }));
        int[] numbers = new int[PortRange.MAX_PORT + 1];
        TreeMap<Integer, Integer> open = new TreeMap<>();
        int number = RuleClasses.NONE;
        for (int port = 0; port < numbers.length; port++) {
            TreeMap<Integer, Integer> here = changes.get(port);
            if (here != null) {
                here.forEach((rule, change) -> open.merge(rule, change, (a, b) -> a + b == 0 ? null : a + b));
                open.values().removeIf(count -> count == 0);
                number = classes.number(List.copyOf(open.keySet()));
            }
            numbers[port] = number;
        }
        return new PortTable(numbers);
    }

    private static void change(Map<Integer, TreeMap<Integer, Integer>> changes, int port, int rule, int change) {
        changes.computeIfAbsent(port, at -> new TreeMap<>()).merge(rule, change, Integer::sum);
    }

    int classOf(int port) {
        return pages[port >>> 8][port & 0xff];
    }
}
