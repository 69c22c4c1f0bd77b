package dev.weir.classify.rules;

import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.RegexScan;
import dev.weir.classify.regex.RegexSet;
import java.util.ArrayList;
import java.util.List;

/** The expressions of one field of content, each with the number of its condition. Immutable; read by any thread. */
final class Expressions {
    private final RegexSet set;
    private final int[] conditions;

    /** The lower-case names of fields that expressions are for; empty for any. */
    private final String[] names;

    private Expressions(Builder builder) {
        set = RegexSet.of(builder.expressions);
        conditions = builder.conditions.stream().mapToInt(Integer::intValue).toArray();
        names = builder.names.toArray(String[]::new);
    }

    boolean isEmpty() {
        return conditions.length == 0;
    }

    RegexSet set() {
        return set;
    }

    RegexMatches newMatches() {
        return new RegexMatches(set);
    }

    RegexScan scan() {
        return set.scan();
    }

    int condition(int expression) {
        return conditions[expression];
    }

    String name(int expression) {
        return names[expression];
    }

    /** Collects expressions. */
    static final class Builder {
        private final List<Regex> expressions = new ArrayList<>();
        private final List<Integer> conditions = new ArrayList<>();
        private final List<String> names = new ArrayList<>();

        void add(Regex expression, int condition, String name) {
            expressions.add(expression);
            conditions.add(condition);
            names.add(name);
        }

        Expressions build() {
            return new Expressions(this);
        }
    }
}
