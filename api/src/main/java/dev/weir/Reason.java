package dev.weir;

import java.util.Objects;

/**
 * Why a verdict was given: which classifier, and which of its rules. Reasons are made once, when a rule is loaded, and
 * shared by all verdicts of that rule; the {@link Ledger} counts by them, and they stand in the drop report and in
 * traces. A pipeline counts at most 65,536 different reasons apart, what comes after is counted as {@link #OTHER}.
 *
 * @param classifier the classifier that decided, as its users know it, for example {@code "dns"}
 * @param rule the rule within it, for example {@code "block malicious-.*\.com"}; empty when it has no rules
 */
public record Reason(String classifier, String rule) {
    /** No reason was given. */
    public static final Reason NONE = new Reason("", "");

    /** Stands for all reasons beyond the number that a pipeline keeps apart. */
    public static final Reason OTHER = new Reason("other", "");

    public Reason {
        Objects.requireNonNull(classifier, "classifier");
        Objects.requireNonNull(rule, "rule");
    }

    /** {@code classifier: rule}, or the classifier alone; {@code -} for {@link #NONE}. */
    @Override
    public String toString() {
        if (classifier.isEmpty() && rule.isEmpty()) {
            return "-";
        }
        return rule.isEmpty() ? classifier : classifier + ": " + rule;
    }
}
