package dev.weir.classify.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers the different sets of rules that a header field's values satisfy: values that satisfy the same rules are one
 * class. Class 0 satisfies none. Used while an index is built.
 */
final class RuleClasses {
    static final int NONE = 0;

    private final Map<List<Integer>, Integer> numbers = new HashMap<>();
    private final List<List<Integer>> rules = new ArrayList<>();

    RuleClasses() {
        number(List.of());
    }

    /** The class of values that satisfy these rules, given in ascending order. */
    int number(List<Integer> satisfied) {
        Integer known = numbers.get(satisfied);
        if (known != null) {
            return known;
        }
        List<Integer> copy = List.copyOf(satisfied);
        numbers.put(copy, rules.size());
        rules.add(copy);
        return rules.size() - 1;
    }

    int count() {
        return rules.size();
    }

    /** The rules that a class satisfies, ascending. */
    List<Integer> rules(int number) {
        return rules.get(number);
    }
}
