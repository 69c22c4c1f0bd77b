package dev.weir.engine;

import dev.weir.Classifier;
import dev.weir.FlowLimits;
import dev.weir.Ledger.Cause;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.spi.Slot;
import java.util.Queue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * Judges packets: owns a share of the {@linkplain ShardFlows flows}, and the classifiers. Everything is done by one thread, a worker's or the
 * queue agent's own; other threads reach it through {@link #post}.
 *
 * <p><b>Holding.</b> A flow's held packets stand in a list, oldest first. Each is either undecided, waiting at the
 * classifier that answered HOLD, or decided and waiting for older ones. When a classifier decides, all that wait at it
 * are decided alike; when it has no opinion, they go on to the next classifier before the younger packet does. The list
 * is given out from its old end, so packets of a flow never overtake each other.
 */
final class FlowShard {
    /** Where decided packets go, and those whose memory can go back. */
    interface Sink {
        /** The packet has left the shard: with a verdict, or decided by its owner before. */
        void leave(InFlight packet);

        /** The packet's bytes were copied because it is held; its memory can go back. */
        void detached(InFlight packet);
    }

    // counters
    static final int CLASSIFIED = 0;
    static final int ERRORS = 1;
    static final int FLOWS = 2;
    static final int FLOWS_CREATED = 3;
    static final int FLOWS_IDLE = 4;
    static final int FLOWS_CLOSED = 5;
    static final int FLOWS_EVICTED = 6;
    static final int FLOW_VERDICTS_EVICTED = 7;
    static final int HELD = 8;
    static final int LATE = 9;
    static final int COUNTERS = 10;

    private static final int CONTROL_BATCH = 256;

    private final Classifier[] classifiers;
    private final Verdict defaultVerdict;
    private final Verdict errorVerdict;
    private final boolean copyHeld;
    private final boolean claims;
    private final ErrorLog errors;
    private final Sink sink;
    private final Runnable wake;

    private final ShardFlows flows;
    private final Queue<Runnable> control = new MpscUnboundedVarHandleArrayQueue<>(64);
    private final Counts counts = new Counts(COUNTERS);
    private final HeldPackets held = new HeldPackets(counts);
    private boolean stopping;

    private volatile boolean closed;

    FlowShard(
            int index,
            int shards,
            Classifier[] classifiers,
            PipelineConfig config,
            FlowLimits limits,
            ErrorLog errors,
            Sink sink,
            CorrelationAgent correlation,
            Runnable wake) {
        this.classifiers = classifiers;
        this.defaultVerdict = config.defaultVerdict();
        this.errorVerdict = config.errorVerdict();
        this.copyHeld = config.traits().pinsMemory();
        this.claims = config.workers() > 0; // run to completion, nobody else decides
        this.errors = errors;
        this.sink = sink;
        this.wake = wake;
        this.flows = new ShardFlows(this, index, shards, classifiers, limits, correlation);
    }

    ShardFlows flows() {
        return flows;
    }

    Counts counts() {
        return counts;
    }

    ErrorLog errors() {
        return errors;
    }

    // ---------------------------------------------------------------------------------------------- packets

    /**
     * Looks for the flow of a packet that is going to be judged soon. Done for a whole batch before the first is judged:
     * a look-up waits for memory, and several can wait at the same time.
     */
    void lookUp(InFlight packet) {
        packet.flow = flows.find(packet.tuple);
    }

    /** Judges a packet that was {@linkplain #lookUp looked up}; it leaves through the sink, now or later. */
    void process(InFlight packet, long nowNs) {
        FlowEntry flow = flows.flowOf(packet, packet.slot, nowNs);
        packet.flow = flow;
        Verdict verdict = flow.verdict();
        if (verdict != null) {
            packet.verdict = verdict;
            packet.cause = Cause.FLOW_VERDICT;
            leave(packet);
            return;
        }
        boolean decided = judge(packet, flow, 0, false);
        if (flow.oldestHeld == null && decided) {
            if (packet.verdict.scope() == Verdict.Scope.FLOW) {
                flows.decide(flow, packet.verdict);
            }
            leave(packet);
        } else {
            joinHeld(packet, flow, decided);
        }
    }

    /** A decided packet takes its claim, where anybody else could, and leaves. */
    private void leave(InFlight packet) {
        if (claims && !packet.claim(packet.generation)) {
            counts.add(LATE, 1);
            packet.decidedByOwner = true;
        }
        sink.leave(packet);
    }

    /** A packet that its owner decided while it stood in the ring: nobody needs to look at it any more. */
    void passThrough(InFlight packet) {
        packet.decidedByOwner = true;
        sink.leave(packet);
    }

    /**
     * Asks the classifiers from one on. True when the packet has a verdict, false when it is to be held.
     *
     * @param eldest true for the oldest packet held: those that wait where it is asked are younger and stay behind it.
     *     For all others, those that wait where they are asked are older and go on first
     */
    private boolean judge(InFlight packet, FlowEntry flow, int from, boolean eldest) {
        Slot slot = packet.slot;
        for (int i = from; i < classifiers.length; i++) {
            Verdict verdict;
            try {
                verdict = classifiers[i].classify(slot, flow);
            } catch (Throwable t) {
                return failed(packet, i, t);
            }
            if (verdict == null) {
                return failed(packet, i, new NullPointerException("a classifier returned null instead of a verdict"));
            }
            Kind kind = verdict.kind();
            if (kind == Kind.CONTINUE) {
                if (flow.oldestHeld != null && !eldest) {
                    advanceHeld(flow, i);
                    Verdict forFlow = flow.verdict();
                    if (forFlow != null) { // one of them has decided the flow, and this packet with it
                        counts.add(CLASSIFIED, 1);
                        packet.verdict = forFlow;
                        packet.cause = Cause.FLOW_VERDICT;
                        packet.decidedAt = i;
                        return true;
                    }
                }
                continue;
            }
            if (kind == Kind.HOLD) {
                packet.waitingAt = i;
                return stopping && decideByDefault(packet, Cause.STOP);
            }
            counts.add(CLASSIFIED, 1);
            packet.verdict = verdict;
            packet.cause = Cause.CLASSIFIER;
            packet.decidedAt = i;
            if (flow.oldestHeld != null) {
                settleHeld(flow, i, verdict);
            }
            return true;
        }
        return decideByDefault(packet, Cause.NO_OPINION);
    }

    private boolean decideByDefault(InFlight packet, Cause cause) {
        counts.add(CLASSIFIED, 1);
        packet.verdict = defaultVerdict;
        packet.cause = cause;
        packet.decidedAt = classifiers.length;
        return true;
    }

    private boolean failed(InFlight packet, int at, Throwable error) {
        counts.add(ERRORS, 1);
        counts.add(CLASSIFIED, 1);
        errors.report(
                "classifier " + (at + 1) + " (" + classifiers[at].getClass().getName() + ")", error);
        packet.verdict = errorVerdict;
        packet.cause = Cause.CLASSIFIER_ERROR;
        packet.decidedAt = at;
        return true;
    }

    // ---------------------------------------------------------------------------------------------- holding

    private void joinHeld(InFlight packet, FlowEntry flow, boolean decided) {
        if (decided && packet.verdict.scope() == Verdict.Scope.FLOW) {
            flows.decide(flow, packet.verdict);
            settleAll(flow, packet.verdict, packet.cause);
        }
        releaseHeld(flow);
        if (decided && (flow.oldestHeld == null || discards(packet.verdict))) {
            leave(packet); // what does not go out cannot overtake
            return;
        }
        if (!decided) {
            packet.verdict = null;
        }
        held.add(packet, flow);
        if (copyHeld && !packet.slot.isDetached()) {
            packet.slot.detach();
            sink.detached(packet);
        }
    }

    private static boolean discards(Verdict verdict) {
        return verdict.kind() == Kind.DROP || verdict.kind() == Kind.REJECT;
    }

    /** Classifier {@code at} has no opinion: those that waited at it go on before the younger packet does. */
    private void advanceHeld(FlowEntry flow, int at) {
        for (InFlight packet = flow.oldestHeld; packet != null; packet = packet.nextHeld) {
            if (packet.verdict == null
                    && packet.waitingAt == at
                    && judge(packet, flow, at + 1, false)
                    && packet.verdict.scope() == Verdict.Scope.FLOW) {
                flows.decide(flow, packet.verdict);
                settleAll(flow, packet.verdict, packet.cause);
            }
        }
    }

    /** Classifier {@code at} has decided: so are those that wait at it. */
    private void settleHeld(FlowEntry flow, int at, Verdict verdict) {
        for (InFlight packet = flow.oldestHeld; packet != null; packet = packet.nextHeld) {
            if (packet.verdict == null && packet.waitingAt == at) {
                packet.verdict = forHeld(verdict);
                packet.cause = Cause.CLASSIFIER;
            }
        }
    }

    private void settleAll(FlowEntry flow, Verdict verdict, Cause cause) {
        for (InFlight packet = flow.oldestHeld; packet != null; packet = packet.nextHeld) {
            if (packet.verdict == null) {
                packet.verdict = forHeld(verdict);
                packet.cause = cause;
            }
        }
    }

    /** Changed bytes are those of one packet; the others that it decides pass as they are. */
    private static Verdict forHeld(Verdict verdict) {
        if (verdict.kind() != Kind.REPLACE) {
            return verdict;
        }
        return Verdict.ACCEPT;
    }

    /** Gives out the decided packets at the old end of the list. */
    private void releaseHeld(FlowEntry flow) {
        while (flow.oldestHeld != null && flow.oldestHeld.verdict != null) {
            leave(held.removeOldest(flow));
        }
    }

    /** Owners have decided some of what is held here (their deadline passed): those leave. */
    void expireHeld() {
        InFlight next;
        for (InFlight packet = held.first(); packet != null; packet = next) {
            next = packet.heldAfter;
            if (packet.isClaimed(packet.generation)) {
                FlowEntry flow = packet.flow;
                held.remove(packet, flow);
                passThrough(packet);
                if (flow.oldestHeld != null && flow.oldestHeld.verdict != null) {
                    // Those behind it may go too; the walk starts again, as they leave the list it stands in.
                    releaseHeld(flow);
                    next = held.first();
                }
            }
        }
    }

    /** Asks the classifier that holds the oldest undecided packet again; when that goes on, those behind it follow. */
    void reconsider(FlowEntry flow) {
        InFlight oldest = HeldPackets.oldestUndecided(flow);
        if (oldest == null) {
            return;
        }
        int at = oldest.waitingAt;
        if (judge(oldest, flow, at, true)) {
            if (oldest.verdict.scope() == Verdict.Scope.FLOW) {
                flows.decide(flow, oldest.verdict);
                settleAll(flow, oldest.verdict, oldest.cause);
            } else if (oldest.decidedAt > at) {
                advanceHeld(flow, at);
            }
        } else if (oldest.waitingAt > at) {
            advanceHeld(flow, at);
        }
        releaseHeld(flow);
    }

    /** Decides what is held in a flow, as somebody outside said. */
    void decideHeld(FlowEntry flow, Verdict verdict) {
        if (verdict.kind() == Kind.CONTINUE) {
            InFlight oldest = HeldPackets.oldestUndecided(flow);
            if (oldest != null) {
                advanceHeld(flow, oldest.waitingAt);
                releaseHeld(flow);
            }
            return;
        }
        if (verdict.scope() == Verdict.Scope.FLOW) {
            flows.decide(flow, verdict);
            if (flow.ended && flow.isIp()) {
                flows.remember(flow);
            }
        }
        settleAll(flow, verdict, Cause.CLASSIFIER);
        releaseHeld(flow);
    }

    /** The pipeline stops: everything held gets the default verdict, and nothing is held any more. */
    void stopHolding() {
        stopping = true;
        while (held.first() != null) {
            FlowEntry flow = held.first().flow;
            settleAll(flow, defaultVerdict, Cause.STOP);
            releaseHeld(flow);
        }
    }

    long held() {
        return held.size();
    }

    // ---------------------------------------------------------------------------------------------- control

    /** Has something done by the shard's thread, soon. Any thread. */
    void post(Runnable action) {
        if (!closed) {
            control.offer(action);
            wake.run();
        }
    }

    boolean hasControl() {
        return !control.isEmpty();
    }

    /** Does what was posted. */
    int runControl() {
        int done = 0;
        for (Runnable action = control.poll(); action != null; action = control.poll()) {
            action.run();
            if (++done == CONTROL_BATCH) {
                break;
            }
        }
        return done;
    }

    /** Ends all flows; the last thing the shard's thread does. */
    void close() {
        closed = true;
        control.clear();
        flows.close();
    }
}
