package dev.weir.classify.rules;

import dev.weir.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules that look at content, ready to be matched. Each condition about content has a number; its expressions are in one
 * set with all others that look at the same field. Immutable; read by any thread.
 */
final class ContentRules {
    /** In place of a field's name: whole lines. */
    static final String LINES = "";

    private final int[] positions;
    private final boolean[] accepts;
    private final int[] kinds;
    private final int[][] conditionsOfRule;
    private final int[][] rulesOfCondition;
    private final ContentKind[] kindOfCondition;
    private final HeaderIndex headers;
    private final Map<ConditionType, Expressions> expressions = new HashMap<>();
    private final Expressions headerLines;
    private final Map<String, int[]> ja3 = new HashMap<>();
    private final Map<String, int[]> ja4 = new HashMap<>();
    private final int allKinds;

    /** @param rules all rules of a set, in order; those without conditions about content are passed over */
    ContentRules(List<Rule> rules) {
        List<Rule> content = rules.stream().filter(Rule::looksAtContent).toList();
        int count = content.size();
        positions = content.stream().mapToInt(rules::indexOf).toArray();
        accepts = new boolean[count];
        kinds = new int[count];
        conditionsOfRule = new int[count][];
        List<ContentKind> conditionKinds = new ArrayList<>();
        List<List<Integer>> ofCondition = new ArrayList<>();
        Map<ConditionType, Expressions.Builder> builders = new HashMap<>();
        Expressions.Builder lines = new Expressions.Builder();
        int all = 0;
        for (int rule = 0; rule < count; rule++) {
            Verdict.Kind verdict = content.get(rule).verdict().kind();
            accepts[rule] = verdict == Verdict.Kind.ACCEPT || verdict == Verdict.Kind.MARK;
            List<Integer> conditions = new ArrayList<>();
            for (Condition condition : content.get(rule).conditions()) {
                if (condition.type().layer() == 7) {
                    int number = conditionKinds.size();
                    conditionKinds.add(ContentKind.of(condition.type()));
                    kinds[rule] |= ContentKind.of(condition.type()).bit();
                    conditions.add(number);
                    ofCondition.add(List.of(rule));
                    add(condition, number, builders, lines);
                }
            }
            conditionsOfRule[rule] = ints(conditions);
            all |= kinds[rule];
        }
        allKinds = all;
        kindOfCondition = conditionKinds.toArray(ContentKind[]::new);
        rulesOfCondition = ofCondition.stream().map(ContentRules::ints).toArray(int[][]::new);
        builders.forEach((type, builder) -> expressions.put(type, builder.build()));
        headerLines = lines.build();
        headers = new HeaderIndex(content);
    }

    private void add(
            Condition condition,
            int number,
            Map<ConditionType, Expressions.Builder> builders,
            Expressions.Builder lines) {
        for (String value : condition.values()) {
            switch (condition.type()) {
                case TLS_JA3 -> addHash(ja3, value, number);
                case TLS_JA4 -> addHash(ja4, value, number);
                default -> {
                    String name = condition.type() == ConditionType.HTTP_HEADER_CONTAINS
                            ? ContentValue.fieldName(value)
                            : LINES;
                    boolean line = condition.type() == ConditionType.HTTP_HEADER_CONTAINS && name.equals(LINES);
                    Expressions.Builder builder = line
                            ? lines
                            : builders.computeIfAbsent(condition.type(), type -> new Expressions.Builder());
                    builder.add(ContentValue.parse(condition.type(), value), number, name);
                }
            }
        }
    }

    private static void addHash(Map<String, int[]> hashes, String value, int number) {
        hashes.merge(value, new int[] {number}, (before, one) -> {
            int[] more = Arrays.copyOf(before, before.length + 1);
            more[before.length] = number;
            return more;
        });
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    int count() {
        return positions.length;
    }

    int conditionCount() {
        return kindOfCondition.length;
    }

    /** All kinds that any rule looks at, as bits. */
    int allKinds() {
        return allKinds;
    }

    /** Which of these rules may hold for a packet, by what they say of its headers. */
    HeaderIndex headers() {
        return headers;
    }

    /** A rule's place among all rules of the set. */
    int position(int rule) {
        return positions[rule];
    }

    /** True when a rule lets packets pass. */
    boolean accepts(int rule) {
        return accepts[rule];
    }

    /** The kinds of content that a rule looks at, as bits. */
    int kinds(int rule) {
        return kinds[rule];
    }

    int[] conditionsOf(int rule) {
        return conditionsOfRule[rule];
    }

    int[] rulesOf(int condition) {
        return rulesOfCondition[condition];
    }

    ContentKind kindOf(int condition) {
        return kindOfCondition[condition];
    }

    /** The expressions for a field, or null where no rule has any. */
    Expressions expressions(ConditionType type) {
        return expressions.get(type);
    }

    /** The expressions for whole lines of HTTP fields, or null. */
    Expressions headerLines() {
        return headerLines.isEmpty() ? null : headerLines;
    }

    boolean asksForJa3() {
        return !ja3.isEmpty();
    }

    boolean asksForJa4() {
        return !ja4.isEmpty();
    }

    /** The conditions that a JA3 satisfies, or null. */
    int[] ja3(String hash) {
        return ja3.get(hash);
    }

    /** The conditions that a JA4 satisfies, or null. */
    int[] ja4(String fingerprint) {
        return ja4.get(fingerprint);
    }

    /** How often a budget of steps ran out before all expressions of a field were decided. */
    long exhausted() {
        long sum = headerLines.set().exhausted();
        for (Expressions each : expressions.values()) {
            sum += each.set().exhausted();
        }
        return sum;
    }
}
