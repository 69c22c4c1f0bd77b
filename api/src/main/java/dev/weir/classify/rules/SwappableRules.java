package dev.weir.classify.rules;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Verdict;
import java.util.Objects;

/**
 * Holds the {@link RuleSet} in force and replaces it in one step: each packet is judged by the old rules or by the new ones
 * as a whole, and none is lost or waits. Any thread may replace; a packet that is being judged meanwhile is judged by the
 * old ones. Shared by all workers.
 *
 * <p>Flows that the old rules have decided as a whole: see {@link DecidedFlows}.
 */
public final class SwappableRules implements Classifier {
    private record Decision(RuleSet by, Verdict forPackets) {}

    private final FlowState<Decision> decision = FlowState.named("decided by rules");
    private final DecidedFlows decided;
    private final RuleJudge judge;
    private volatile RuleSet current;

    /**
     * Begins with a set; how it reads conversations ({@link RuleSet.Builder#streams}) holds for those that follow, too. A
     * conversation that is under way when rules are replaced is read on where it stands: the new rules see its next request,
     * not the requests and the handshake before.
     */
    public SwappableRules(RuleSet first, DecidedFlows decided) {
        this.current = Objects.requireNonNull(first, "first");
        this.decided = Objects.requireNonNull(decided, "decided");
        this.judge = first.newJudge();
    }

    /** The rules in force. */
    public RuleSet current() {
        return current;
    }

    /** Puts new rules in force and returns the old ones, whose counts stand still soon after. */
    public synchronized RuleSet replace(RuleSet rules) {
        RuleSet old = current;
        current = Objects.requireNonNull(rules, "rules");
        return old;
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        RuleSet rules = current;
        if (decided == DecidedFlows.KEEP) {
            return judge.classify(rules, packet, flow);
        }
        Decision known = flow.get(decision);
        if (known != null && known.by == rules) {
            return known.forPackets;
        }
        Verdict verdict = judge.classify(rules, packet, flow);
        if (verdict.decides() && verdict.scope() == Verdict.Scope.FLOW && flow.isIp()) {
            Decision made = new Decision(rules, RuleSet.forPacket(verdict));
            flow.put(decision, made);
            return made.forPackets;
        } else if (known != null) {
            flow.put(decision, null);
        }
        return verdict;
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        judge.flowEnded(flow, end);
    }
}
