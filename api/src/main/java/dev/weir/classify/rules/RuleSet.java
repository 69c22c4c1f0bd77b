package dev.weir.classify.rules;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Packet;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.packet.Headers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * A firewall's rules, as a classifier. The first rule in order all of whose conditions hold decides; the reason of its
 * verdict is the set's name and the rule's id. Without such a rule the verdict is that of {@link Builder#otherwise}, by
 * standard {@link Verdict#CONTINUE}.
 *
 * <pre>{@code
 * RuleSet rules = RuleSet.builder()
 *         .add(Rule.named("lan").when(ConditionType.IP_SRC_IN, "10.0.0.0/8", "fd00::/8").accept())
 *         .add(Rule.named("telnet").when(ConditionType.TCP_DST_PORT, "23").forFlow().reject())
 *         .build();
 * }</pre>
 *
 * <p><b>Cost.</b> Addresses, protocol and ports of a packet are looked up in tables; how many rules there are makes no
 * difference. Nothing is allocated.
 *
 * <p><b>Threads.</b> Immutable but for its counts; shared by all workers. To change rules while a pipeline runs, put the
 * set into {@link SwappableRules}.
 */
public final class RuleSet implements Classifier {
    private final String name;
    private final List<Rule> rules;
    private final Verdict[] verdicts;
    private final LongAdder[] hits;
    private final HeaderIndex headers;
    private final Verdict otherwise;

    private RuleSet(Builder builder) {
        name = builder.name;
        rules = List.copyOf(builder.rules);
        verdicts = rules.stream()
                .map(rule -> rule.verdict().because(name, rule.id()))
                .toArray(Verdict[]::new);
        hits = new LongAdder[rules.size()];
        for (int i = 0; i < hits.length; i++) {
            hits[i] = new LongAdder();
        }
        headers = new HeaderIndex(rules);
        otherwise = builder.otherwise;
    }

    /** Begins a set. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        Headers packetHeaders = packet.headers();
        boolean hasPorts = packetHeaders.hasPorts();
        int position = headers.first(
                packetHeaders,
                hasPorts ? packetHeaders.sourcePort() : portOfDatagram(packet, flow, true),
                hasPorts ? packetHeaders.destinationPort() : portOfDatagram(packet, flow, false));
        if (position == HeaderIndex.NONE) {
            return otherwise;
        }
        hits[position].increment();
        return verdicts[position];
    }

    /** A later fragment has no ports, but belongs to the flow of the first one; -1 when that is not known. */
    private static int portOfDatagram(Packet packet, Flow flow, boolean source) {
        if (!packet.headers().isFragment()) {
            return -1;
        }
        FlowKey key = flow.key();
        int port = source == (packet.direction() == Direction.FORWARD) ? key.sourcePort() : key.destinationPort();
        return port == 0 ? -1 : port;
    }

    /** The same verdict for one packet, with its reason. */
    static Verdict forPacket(Verdict verdict) {
        Verdict plain =
                switch (verdict.kind()) {
                    case ACCEPT -> Verdict.ACCEPT;
                    case REJECT -> Verdict.REJECT;
                    case MARK -> {
                        Verdict.Mark mark = (Verdict.Mark) verdict;
                        yield new Verdict.Mark(mark.mark(), mark.mask(), Verdict.Scope.PACKET, Reason.NONE);
                    }
                    default -> Verdict.DROP;
                };
        return plain.because(verdict.reason());
    }

    /** What the set is called in reasons. */
    public String name() {
        return name;
    }

    /** The rules in order. */
    public List<Rule> rules() {
        return rules;
    }

    /** How often each rule has decided, by id and in order of the rules. Any thread; may lag a little behind. Allocates. */
    public Map<String, Long> hits() {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 0; i < hits.length; i++) {
            counts.put(rules.get(i).id(), hits[i].sum());
        }
        return counts;
    }

    @Override
    public String toString() {
        return name + ": " + rules.size() + " rules";
    }

    /** Collects rules. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private final Set<String> ids = new HashSet<>();
        private String name = "rules";
        private Verdict otherwise = Verdict.CONTINUE;

        private Builder() {}

        /** What the set is called in the reasons of its verdicts; {@code rules} by standard. */
        public Builder name(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Adds a rule behind those before.
         *
         * @throws WeirException when its id is taken, or a value of a condition is wrong; says what is allowed. The
         *     builder is as it was
         */
        public Builder add(Rule rule) {
            RuleCheck.check(rule);
            if (!ids.add(rule.id())) {
                throw new WeirException("there are two rules with the id \"" + rule.id() + "\"");
            }
            rules.add(rule);
            return this;
        }

        /**
         * The verdict where no rule holds; by standard {@link Verdict#CONTINUE}, which asks the next classifier. Any other
         * gets the reason {@code otherwise}.
         */
        public Builder otherwise(Verdict verdict) {
            this.otherwise = verdict.decides() ? verdict.because(new Reason(name, "otherwise")) : verdict;
            return this;
        }

        /** Makes the set; indexes the rules. */
        public RuleSet build() {
            return new RuleSet(this);
        }
    }
}
