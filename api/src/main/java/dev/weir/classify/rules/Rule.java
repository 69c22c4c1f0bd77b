package dev.weir.classify.rules;

import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One rule: what becomes of packets for which all conditions hold. Immutable.
 *
 * <pre>{@code
 * Rule.named("no-telnet").when(ConditionType.TCP_DST_PORT, "23").forFlow().reject();
 * }</pre>
 *
 * @param id what it is called in the reasons of verdicts and in counts; unique in a {@link RuleSet}
 * @param conditions all of which have to hold; none is a rule for every packet
 * @param verdict accept, drop, reject or mark, for the packet or for its flow; without a reason
 */
public record Rule(String id, List<Condition> conditions, Verdict verdict) {
    /** @throws WeirException for an empty id and for a verdict that a rule cannot give */
    public Rule {
        Objects.requireNonNull(id, "id");
        conditions = List.copyOf(conditions);
        if (id.isBlank()) {
            throw new WeirException("a rule needs an id");
        }
        switch (verdict.kind()) {
            case ACCEPT, DROP, REJECT, MARK -> {}
            default ->
                throw new WeirException("rule \"" + id + "\" must accept, drop, reject or mark, not " + verdict.kind());
        }
    }

    /** Begins a rule. */
    public static Builder named(String id) {
        return new Builder(id);
    }

    /** True when a condition looks at layer 7. */
    boolean looksAtContent() {
        return conditions.stream().anyMatch(condition -> condition.type().layer() == 7);
    }

    /** The condition of a type, or null. */
    Condition condition(ConditionType type) {
        return conditions.stream()
                .filter(condition -> condition.type() == type)
                .findFirst()
                .orElse(null);
    }

    /** Collects a rule's conditions; its action ends it. */
    public static final class Builder {
        private final String id;
        private final List<Condition> conditions = new ArrayList<>();
        private boolean forFlow;

        private Builder(String id) {
            this.id = id;
        }

        /** One more condition, beside those before: all have to hold; of the values, one. */
        public Builder when(ConditionType type, String... values) {
            return when(type, List.of(values));
        }

        /** As the other one. */
        public Builder when(ConditionType type, List<String> values) {
            try {
                conditions.add(new Condition(type, values));
            } catch (WeirException e) {
                throw new WeirException("rule \"" + id + "\": " + e.getMessage(), e);
            }
            return this;
        }

        /** What it decides for a packet, it decides for all later packets of the flow too, in both directions. */
        public Builder forFlow() {
            forFlow = true;
            return this;
        }

        /** Such packets pass. */
        public Rule accept() {
            return then(Verdict.ACCEPT);
        }

        /** Such packets are discarded. */
        public Rule drop() {
            return then(Verdict.DROP);
        }

        /** Such packets are discarded, and their sender is told. */
        public Rule reject() {
            return then(Verdict.REJECT);
        }

        /** Such packets pass with a mark: {@code new = (old & ~mask) | (mark & mask)}. */
        public Rule mark(int mark, int mask) {
            return then(new Verdict.Mark(mark, mask, Verdict.Scope.PACKET, Reason.NONE));
        }

        /** Such packets get a verdict: accept, drop, reject or mark. */
        public Rule then(Verdict verdict) {
            Rule rule = new Rule(id, conditions, verdict);
            return forFlow ? new Rule(id, conditions, verdict.forFlow()) : rule;
        }
    }
}
