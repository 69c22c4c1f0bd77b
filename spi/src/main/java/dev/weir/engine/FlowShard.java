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
    /** Who brings packets here, and where those go that have been held. */
    interface Sink {
        /** What stays with a packet that is held. */
        InFlight inFlight(Slot slot);

        /** The packet is held from now on. */
        void held(InFlight packet);

        /** The packet has left the shard: with a verdict, or decided by its owner before. */
        void leave(InFlight packet);
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

    // ---- of the packet that was judged last
    private Verdict verdict;
    private Cause cause;

    /** The classifier that decided or holds it; their number when none did. */
    private int askedLast;

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
     * Judges a packet of a flow. True when it is decided and may go at once: {@link #verdict()} and {@link #cause()} then tell
     * how. Otherwise it is held, or it was put behind others of its flow, and leaves through the sink.
     */
    boolean judge(Slot slot, FlowEntry flow) {
        Verdict forFlow = flow.verdict();
        if (forFlow != null) {
            decided(forFlow, Cause.FLOW_VERDICT, 0);
            return true;
        }
        boolean decided = ask(slot, flow, 0, false);
        if (decided && flow.oldestHeld == null) {
            if (verdict.scope() == Verdict.Scope.FLOW) {
                flows.decide(flow, verdict);
            }
            return true;
        }
        joinHeld(slot, flow, decided);
        return false;
    }

    /** The verdict for the packet that was judged last. */
    Verdict verdict() {
        return verdict;
    }

    /** What it is due to. */
    Cause cause() {
        return cause;
    }

    /** Judges a packet that a queue handed over; it leaves through the sink, now or later. */
    void process(InFlight packet, long nowNs) {
        FlowEntry flow = flows.flowOf(packet.tuple, packet.slot, nowNs);
        if (judge(packet.slot, flow)) {
            packet.flow = flow;
            leave(packet, verdict, cause);
        }
    }

    /** A decided packet takes its claim, where anybody else could, and leaves. */
    private void leave(InFlight packet, Verdict verdict, Cause cause) {
        packet.verdict = verdict;
        packet.cause = cause;
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
     * Asks the classifiers from one on. True when there is a verdict, false when the packet is to be held at
     * {@link #askedLast}.
     *
     * @param eldest true for the oldest packet held: those that wait where it is asked are younger and stay behind it.
     *     For all others, those that wait where they are asked are older and go on first
     */
    private boolean ask(Slot slot, FlowEntry flow, int from, boolean eldest) {
        for (int i = from; i < classifiers.length; i++) {
            Verdict opinion;
            try {
                opinion = classifiers[i].classify(slot, flow);
            } catch (Throwable t) {
                return failed(i, t);
            }
            if (opinion == null) {
                return failed(i, new NullPointerException("a classifier returned null instead of a verdict"));
            }
            Kind kind = opinion.kind();
            if (kind == Kind.CONTINUE) {
                if (flow.oldestHeld != null && !eldest) {
                    advanceHeld(flow, i);
                    Verdict forFlow = flow.verdict();
                    if (forFlow != null) { // one of them has decided the flow, and this packet with it
                        counts.add(CLASSIFIED, 1);
                        return decided(forFlow, Cause.FLOW_VERDICT, i);
                    }
                }
                continue;
            }
            if (kind == Kind.HOLD) {
                askedLast = i;
                return stopping && decidedByDefault(Cause.STOP);
            }
            counts.add(CLASSIFIED, 1);
            if (flow.oldestHeld != null) {
                settleHeld(flow, i, opinion);
            }
            return decided(opinion, Cause.CLASSIFIER, i);
        }
        return decidedByDefault(Cause.NO_OPINION);
    }

    private boolean decided(Verdict verdict, Cause cause, int at) {
        // Mostly what stood there before: writing a reference costs a barrier of the garbage collector.
        if (this.verdict != verdict) {
            this.verdict = verdict;
        }
        if (this.cause != cause) {
            this.cause = cause;
        }
        askedLast = at;
        return true;
    }

    private boolean decidedByDefault(Cause cause) {
        counts.add(CLASSIFIED, 1);
        return decided(defaultVerdict, cause, classifiers.length);
    }

    private boolean failed(int at, Throwable error) {
        counts.add(ERRORS, 1);
        counts.add(CLASSIFIED, 1);
        errors.report(
                "classifier " + (at + 1) + " (" + classifiers[at].getClass().getName() + ")", error);
        return decided(errorVerdict, Cause.CLASSIFIER_ERROR, at);
    }

    // ---------------------------------------------------------------------------------------------- holding

    private void joinHeld(Slot slot, FlowEntry flow, boolean decided) {
        InFlight packet = sink.inFlight(slot);
        packet.flow = flow;
        packet.verdict = decided ? verdict : null;
        packet.cause = cause;
        packet.waitingAt = askedLast;
        if (decided && verdict.scope() == Verdict.Scope.FLOW) {
            flows.decide(flow, verdict);
            settleAll(flow, verdict, cause);
        }
        releaseHeld(flow);
        if (decided && (flow.oldestHeld == null || discards(packet.verdict))) {
            leave(packet, packet.verdict, packet.cause); // what does not go out cannot overtake
            return;
        }
        held.add(packet, flow);
        if (copyHeld) {
            slot.detach();
        }
        sink.held(packet);
    }

    /** Asks a held packet's classifiers again, from one on. True when it is decided now. */
    private boolean askAgain(InFlight packet, FlowEntry flow, int from, boolean eldest) {
        boolean decided = ask(packet.slot, flow, from, eldest);
        packet.waitingAt = askedLast;
        if (decided) {
            packet.verdict = verdict;
            packet.cause = cause;
        }
        return decided;
    }

    private static boolean discards(Verdict verdict) {
        return verdict.kind() == Kind.DROP || verdict.kind() == Kind.REJECT;
    }

    /** Classifier {@code at} has no opinion: those that waited at it go on before the younger packet does. */
    private void advanceHeld(FlowEntry flow, int at) {
        for (InFlight packet = flow.oldestHeld; packet != null; packet = packet.nextHeld) {
            if (packet.verdict == null
                    && packet.waitingAt == at
                    && askAgain(packet, flow, at + 1, false)
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
            InFlight oldest = held.removeOldest(flow);
            leave(oldest, oldest.verdict, oldest.cause);
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
        if (askAgain(oldest, flow, at, true)) {
            if (oldest.verdict.scope() == Verdict.Scope.FLOW) {
                flows.decide(flow, oldest.verdict);
                settleAll(flow, oldest.verdict, oldest.cause);
            } else if (oldest.waitingAt > at) {
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
