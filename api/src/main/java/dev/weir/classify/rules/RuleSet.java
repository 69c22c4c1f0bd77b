package dev.weir.classify.rules;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.Packet;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.stream.StreamOptions;
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
 *         .add(Rule.named("sql").when(ConditionType.HTTP_URI_REGEX, "(?i)union.+select").drop())
 *         .build();
 * }</pre>
 *
 * <p><b>Content.</b> Conditions of layer 7 hold from the packet that completes what they look for. Until then their rules are
 * open, and what rules behind them decide is limited: they accept single packets only, not the flow; and they drop or reject
 * only where no open rule before them would let the packet pass: such a packet passes, with the reason {@code undecided}. So
 * "accept what goes to this host, drop the rest" lets the handshake through, and drops the request to another host. A rule
 * stays open until its content can no longer come: one about HTTP for the whole connection, between requests; one about TLS
 * until the ClientHello, or until too much else was said for one. Where something else is said first, such a rule does not hold
 * for that: what is to be dropped without a ClientHello is, also before STARTTLS. On TCP, and by what a ClientHello over QUIC says, a rule about content that drops or rejects
 * decides the whole flow, as the same bytes would come again and pass. With {@link dev.weir.stream.StreamMode#HOLD} packets wait while a request or a ClientHello is
 * incomplete, so nothing of it is let through ahead of the decision; {@code PAYLOAD_REGEX} never waits.
 *
 * <p><b>Cost.</b> Addresses, protocol and ports of a packet are looked up in tables; how many rules there are makes no
 * difference. Expressions that look at the same field are matched in one pass. Per packet nothing is allocated, with
 * rules about content as well. These allocate about 700 bytes for each flow, more with hundreds of conditions; for each
 * ClientHello over TCP the text of its JA3 or JA4 if they ask for that, and for a connection of QUIC, if they ask for anything
 * of TLS, what {@link dev.weir.classify.tls.TlsClassifier} says. All
 * expressions together have one {@link dev.weir.classify.regex.StepBudget} a packet; {@link #exhausted()} counts how often it
 * ran out, and then the rest of the packet matches none.
 *
 * <p><b>Threads.</b> Immutable but for its counts; shared by all workers. To change rules while a pipeline runs, put the
 * set into {@link SwappableRules}.
 */
public final class RuleSet implements Classifier {
    private final String name;
    private final List<Rule> rules;

    /** By position; behind the last rule stands what is said without one. */
    private final Verdict[] verdicts;

    private final Verdict[] packetVerdicts;
    private final Verdict[] flowVerdicts;
    private final Verdict undecided;
    private final LongAdder[] hits;
    private final HeaderIndex headers;
    private final ContentRules content;
    private final StreamOptions streams;
    private final long payloadBytes;
    private final RuleJudge judge;

    private RuleSet(Builder builder) {
        name = builder.name;
        rules = List.copyOf(builder.rules);
        int count = rules.size();
        verdicts = new Verdict[count + 1];
        packetVerdicts = new Verdict[count + 1];
        flowVerdicts = new Verdict[count + 1];
        hits = new LongAdder[count];
        for (int i = 0; i < count; i++) {
            setVerdict(i, rules.get(i).verdict().because(name, rules.get(i).id()));
            hits[i] = new LongAdder();
        }
        setVerdict(
                count, builder.otherwise.decides() ? builder.otherwise.because(name, "otherwise") : builder.otherwise);
        undecided = Verdict.ACCEPT.because(name, "undecided");
        headers = HeaderIndex.withoutContent(rules);
        content = rules.stream().anyMatch(Rule::looksAtContent) ? new ContentRules(rules) : null;
        streams = builder.streams;
        payloadBytes = builder.payloadBytes;
        judge = new RuleJudge(streams, payloadBytes);
    }

    private void setVerdict(int position, Verdict verdict) {
        verdicts[position] = verdict;
        packetVerdicts[position] = verdict.decides() ? forPacket(verdict) : verdict;
        flowVerdicts[position] = verdict.decides() ? verdict.forFlow() : verdict;
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

    /** Begins a set. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        return judge.classify(this, packet, flow);
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        judge.flowEnded(flow, end);
    }

    HeaderIndex headers() {
        return headers;
    }

    /** Null when no rule looks at content. */
    ContentRules content() {
        return content;
    }

    /** A judge of its own, for who replaces this set by others. */
    RuleJudge newJudge() {
        return new RuleJudge(streams, payloadBytes);
    }

    /** What a rule decides, which is counted. */
    Verdict verdict(int position) {
        return hit(position, verdicts);
    }

    /** As {@link #verdict(int)}, for the packet alone. */
    Verdict packetVerdict(int position) {
        return hit(position, packetVerdicts);
    }

    /** As {@link #verdict(int)}, for the whole flow. */
    Verdict flowVerdict(int position) {
        return hit(position, flowVerdicts);
    }

    private Verdict hit(int position, Verdict[] of) {
        if (position == HeaderIndex.NONE) {
            return of[hits.length];
        }
        hits[position].increment();
        return of[position];
    }

    /** True when a rule drops or rejects. */
    boolean denies(int position) {
        Verdict.Kind kind = verdicts[Math.min(position, hits.length)].kind();
        return kind == Verdict.Kind.DROP || kind == Verdict.Kind.REJECT;
    }

    /** For packets that pass because a rule that accepts is open. */
    Verdict undecided() {
        return undecided;
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

    /** How often expressions were given up because their budget of steps ran out. Any thread. */
    public long exhausted() {
        return content == null ? 0 : content.exhausted();
    }

    @Override
    public String toString() {
        return name + ": " + rules.size() + " rules";
    }

    /** Collects rules. */
    public static final class Builder {
        /** As much of each direction is searched by {@code PAYLOAD_REGEX} when nothing else is said: 1 MiB. */
        public static final long STANDARD_PAYLOAD_BYTES = 1 << 20;

        private final List<Rule> rules = new ArrayList<>();
        private final Set<String> ids = new HashSet<>();
        private String name = "rules";
        private Verdict otherwise = Verdict.CONTINUE;
        private StreamOptions streams = StreamOptions.DEFAULT;
        private long payloadBytes = STANDARD_PAYLOAD_BYTES;

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
         *
         * @throws WeirException for what a rule cannot say either
         */
        public Builder otherwise(Verdict verdict) {
            switch (verdict.kind()) {
                case CONTINUE, ACCEPT, DROP, REJECT, MARK -> this.otherwise = verdict;
                default ->
                    throw new WeirException(
                            "without a rule packets are accepted, dropped, rejected or marked, not " + verdict.kind());
            }
            return this;
        }

        /**
         * How conversations are collected for rules about content, and whether packets wait meanwhile; {@link
         * StreamOptions#DEFAULT} by standard, which lets them pass.
         */
        public Builder streams(StreamOptions options) {
            this.streams = Objects.requireNonNull(options, "options");
            return this;
        }

        /** How much of each direction of a conversation {@code PAYLOAD_REGEX} searches. */
        public Builder payloadBytes(long bytes) {
            if (bytes < 1) {
                throw new WeirException("payloadBytes must be 1 or more, not " + bytes);
            }
            this.payloadBytes = bytes;
            return this;
        }

        /**
         * Makes the set; indexes the rules.
         *
         * @throws WeirException when the expressions are too many for one automaton
         */
        public RuleSet build() {
            return new RuleSet(this);
        }
    }
}
