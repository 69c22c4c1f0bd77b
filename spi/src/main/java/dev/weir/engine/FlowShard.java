package dev.weir.engine;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.FlowEnd;
import dev.weir.FlowLimits;
import dev.weir.Ledger.Cause;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.packet.Headers;
import dev.weir.spi.Slot;
import java.util.Queue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * Owns a share of the flows, and the classifiers that judge them. Everything is done by one thread, a worker's or the
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

    private static final int TCP_SYN = 0x02;
    private static final int TCP_ACK = 0x10;
    private static final int CONTROL_BATCH = 256;
    private static final int SWEEP_SLICE = 4096;

    private final int index;
    private final int shards;
    private final Classifier[] classifiers;
    private final Verdict defaultVerdict;
    private final Verdict errorVerdict;
    private final boolean copyHeld;
    private final boolean claims;
    private final ErrorLog errors;
    private final Sink sink;
    private final CorrelationAgent correlation;
    private final Runnable wake;

    private OffloadAgent offload;
    private final FlowTable table;
    private final FlowVerdictTable verdicts;
    private final long idleNs;
    private final long closedNs;
    private final long verdictLifetimeNs;
    private final long sweepNs;
    private long sweptNs;
    private boolean swept;
    private final FlowTable.Sweeper sweeper = new Sweep();

    private final FlowEntry notIp;
    private final Queue<Runnable> control = new MpscUnboundedVarHandleArrayQueue<>(64);
    private final Counts counts = new Counts(COUNTERS);
    private long created;
    private long held;
    private InFlight firstHeld;
    private InFlight lastHeld;
    private long nowNs;
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
        this.index = index;
        this.shards = shards;
        this.classifiers = classifiers;
        this.defaultVerdict = config.defaultVerdict();
        this.errorVerdict = config.errorVerdict();
        this.copyHeld = config.traits().pinsMemory();
        this.claims = config.workers() > 0; // run to completion, nobody else decides
        this.errors = errors;
        this.sink = sink;
        this.correlation = correlation;
        this.wake = wake;
        this.table = new FlowTable(Math.max(16, limits.maxFlows() / shards));
        this.verdicts = new FlowVerdictTable((limits.maxFlowVerdicts() + shards - 1) / shards);
        this.idleNs = limits.idleTimeout().toNanos();
        this.closedNs = limits.closedTimeout().toNanos();
        this.verdictLifetimeNs = limits.flowVerdictLifetime().toNanos();
        this.sweepNs = limits.sweepInterval().toNanos();
        this.notIp = new FlowEntry(this, nextId(), new Tuple(), false, 0);
    }

    private long nextId() {
        return created++ * shards + index + 1;
    }

    /** Flow verdicts also go there; to be said before the first packet. */
    void offloadTo(OffloadAgent agent) {
        offload = agent;
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
        packet.flow = packet.tuple.isIp() ? table.find(packet.tuple) : null;
    }

    /** Judges a packet that was {@linkplain #lookUp looked up}; it leaves through the sink, now or later. */
    void process(InFlight packet, long nowNs) {
        this.nowNs = nowNs;
        Slot slot = packet.slot;
        FlowEntry flow = flowOf(packet, slot);
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
                decideFlow(flow, packet.verdict);
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
            decideFlow(flow, packet.verdict);
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
        hold(packet, flow);
        if (copyHeld && !packet.slot.isDetached()) {
            packet.slot.detach();
            sink.detached(packet);
        }
    }

    /** Decides the rest of a flow; what is not IP is no conversation, so a verdict for it stays one for a packet. */
    private void decideFlow(FlowEntry flow, Verdict verdict) {
        if (flow.isIp()) {
            flow.decideFlow(verdict);
            if (offload != null) {
                offload.flowDecided(flow);
            }
        }
    }

    private void hold(InFlight packet, FlowEntry flow) {
        packet.isHeld = true;
        packet.slot.held(true);
        packet.nextHeld = null;
        if (flow.youngestHeld == null) {
            flow.oldestHeld = packet;
        } else {
            flow.youngestHeld.nextHeld = packet;
        }
        flow.youngestHeld = packet;
        flow.heldCount++;
        packet.heldAfter = null;
        packet.heldBefore = lastHeld;
        if (lastHeld == null) {
            firstHeld = packet;
        } else {
            lastHeld.heldAfter = packet;
        }
        lastHeld = packet;
        counts.set(HELD, ++held);
    }

    private static boolean discards(Verdict verdict) {
        return verdict.kind() == Kind.DROP || verdict.kind() == Kind.REJECT;
    }

    /** Classifier {@code at} has no opinion: those that waited at it go on before the younger packet does. */
    private void advanceHeld(FlowEntry flow, int at) {
        for (InFlight held = flow.oldestHeld; held != null; held = held.nextHeld) {
            if (held.verdict == null
                    && held.waitingAt == at
                    && judge(held, flow, at + 1, false)
                    && held.verdict.scope() == Verdict.Scope.FLOW) {
                decideFlow(flow, held.verdict);
                settleAll(flow, held.verdict, held.cause);
            }
        }
    }

    /** Classifier {@code at} has decided: so are those that wait at it. */
    private void settleHeld(FlowEntry flow, int at, Verdict verdict) {
        for (InFlight held = flow.oldestHeld; held != null; held = held.nextHeld) {
            if (held.verdict == null && held.waitingAt == at) {
                held.verdict = forHeld(verdict);
                held.cause = Cause.CLASSIFIER;
            }
        }
    }

    private void settleAll(FlowEntry flow, Verdict verdict, Cause cause) {
        for (InFlight held = flow.oldestHeld; held != null; held = held.nextHeld) {
            if (held.verdict == null) {
                held.verdict = forHeld(verdict);
                held.cause = cause;
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
            leave(unlinkOldest(flow));
        }
    }

    private InFlight unlinkOldest(FlowEntry flow) {
        InFlight oldest = flow.oldestHeld;
        flow.oldestHeld = oldest.nextHeld;
        if (flow.oldestHeld == null) {
            flow.youngestHeld = null;
        }
        left(oldest, flow);
        return oldest;
    }

    /** The packet is out of its flow's list: so it is out of the shard's. */
    private void left(InFlight packet, FlowEntry flow) {
        packet.isHeld = false;
        packet.nextHeld = null;
        flow.heldCount--;
        if (packet.heldBefore == null) {
            firstHeld = packet.heldAfter;
        } else {
            packet.heldBefore.heldAfter = packet.heldAfter;
        }
        if (packet.heldAfter == null) {
            lastHeld = packet.heldBefore;
        } else {
            packet.heldAfter.heldBefore = packet.heldBefore;
        }
        packet.heldBefore = null;
        packet.heldAfter = null;
        counts.set(HELD, --held);
    }

    /** Owners have decided some of what is held here (their deadline passed): those leave. */
    void expireHeld() {
        InFlight next;
        for (InFlight packet = firstHeld; packet != null; packet = next) {
            next = packet.heldAfter;
            if (packet.isClaimed(packet.generation)) {
                FlowEntry flow = packet.flow;
                unlink(packet, flow);
                passThrough(packet);
                if (flow.oldestHeld != null && flow.oldestHeld.verdict != null) {
                    // Those behind it may go too; the walk starts again, as they leave the list it stands in.
                    releaseHeld(flow);
                    next = firstHeld;
                }
            }
        }
    }

    private void unlink(InFlight packet, FlowEntry flow) {
        InFlight before = null;
        for (InFlight held = flow.oldestHeld; held != packet; held = held.nextHeld) {
            before = held;
        }
        if (before == null) {
            flow.oldestHeld = packet.nextHeld;
        } else {
            before.nextHeld = packet.nextHeld;
        }
        if (flow.youngestHeld == packet) {
            flow.youngestHeld = before;
        }
        left(packet, flow);
    }

    /** Asks the classifier that holds the oldest undecided packet again; when that goes on, those behind it follow. */
    void reconsider(FlowEntry flow) {
        InFlight oldest = oldestUndecided(flow);
        if (oldest == null) {
            return;
        }
        int at = oldest.waitingAt;
        if (judge(oldest, flow, at, true)) {
            if (oldest.verdict.scope() == Verdict.Scope.FLOW) {
                decideFlow(flow, oldest.verdict);
                settleAll(flow, oldest.verdict, oldest.cause);
            } else if (oldest.decidedAt > at) {
                advanceHeld(flow, at);
            }
        } else if (oldest.waitingAt > at) {
            advanceHeld(flow, at);
        }
        releaseHeld(flow);
    }

    private static InFlight oldestUndecided(FlowEntry flow) {
        InFlight oldest = flow.oldestHeld;
        while (oldest != null && oldest.verdict != null) {
            oldest = oldest.nextHeld;
        }
        return oldest;
    }

    /** Decides what is held in a flow, as somebody outside said. */
    void decideHeld(FlowEntry flow, Verdict verdict) {
        if (verdict.kind() == Kind.CONTINUE) {
            InFlight oldest = oldestUndecided(flow);
            if (oldest != null) {
                advanceHeld(flow, oldest.waitingAt);
                releaseHeld(flow);
            }
            return;
        }
        if (verdict.scope() == Verdict.Scope.FLOW) {
            decideFlow(flow, verdict);
            if (flow.ended && flow.isIp()) {
                remember(flow);
            }
        }
        settleAll(flow, verdict, Cause.CLASSIFIER);
        releaseHeld(flow);
    }

    /** The pipeline stops: everything held gets the default verdict, and nothing is held any more. */
    void stopHolding() {
        stopping = true;
        while (firstHeld != null) {
            FlowEntry flow = firstHeld.flow;
            settleAll(flow, defaultVerdict, Cause.STOP);
            releaseHeld(flow);
        }
    }

    long held() {
        return held;
    }

    // ---------------------------------------------------------------------------------------------- flows

    private FlowEntry flowOf(InFlight packet, Slot slot) {
        Tuple tuple = packet.tuple;
        if (!tuple.isIp()) {
            slot.direction(Direction.FORWARD);
            notIp.activeNs = nowNs;
            if (notIp.packets() == 0) {
                notIp.firstSeen(slot.timestampNs());
            }
            notIp.count(Direction.FORWARD, slot.wireLength(), slot.timestampNs(), 0);
            return notIp;
        }
        Headers headers = slot.headers();
        int flags = headers.tcpFlags();
        FlowEntry flow = packet.flow;
        if (flow == null || flow.ended) {
            flow = table.find(tuple); // it may have come, or gone, with an earlier packet of the batch
        }
        if (flow == null) {
            flow = create(tuple, slot, flags);
        } else if (isOver(flow, flags)) {
            // The ports are used again, or the sweep has not come by yet: this is another conversation.
            table.remove(flow);
            end(flow, flow.closedNs != 0 ? FlowEnd.CLOSED : FlowEnd.IDLE);
            flow = create(tuple, slot, flags);
        }
        Direction direction = tuple.fromHigh == flow.forwardFromHigh ? Direction.FORWARD : Direction.REVERSE;
        slot.direction(direction);
        flow.activeNs = nowNs;
        flow.count(direction, slot.wireLength(), slot.timestampNs(), flags);
        if (flags != 0 && flow.closedNs == 0 && flow.tcpEnded()) {
            flow.closedNs = nowNs == 0 ? 1 : nowNs;
        }
        return flow;
    }

    private boolean isOver(FlowEntry flow, int flags) {
        // The kernel saw the end of a flow that it decided: it lets a new connection through, and nothing else.
        boolean opensAgain = (flow.closedNs != 0 || flow.inKernel) && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
        return (opensAgain || nowNs - flow.activeNs > idleNs) && flow.heldCount == 0;
    }

    private FlowEntry create(Tuple tuple, Slot slot, int flags) {
        if (table.isFull()) {
            FlowEntry victim = table.victim();
            if (victim == null) {
                return notIp; // every flow looked at holds packets: this one is judged without a flow of its own
            }
            table.remove(victim);
            end(victim, FlowEnd.TABLE_FULL);
        }
        boolean answer = tuple.protocol() == Protocols.TCP && (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
        FlowEntry flow = new FlowEntry(this, nextId(), tuple, tuple.fromHigh != answer, slot.timestampNs());
        flow.activeNs = nowNs;
        table.add(flow);
        counts.add(FLOWS_CREATED, 1);
        counts.set(FLOWS, table.size());
        if (!verdicts.isEmpty()) {
            boolean opening = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
            Verdict remembered = verdicts.take(tuple, opening, nowNs);
            if (remembered != null) {
                decideFlow(flow, remembered);
            }
        }
        for (Classifier classifier : classifiers) {
            try {
                classifier.flowStarted(flow);
            } catch (Throwable t) {
                counts.add(ERRORS, 1);
                errors.report("flowStarted of " + classifier.getClass().getName(), t);
            }
        }
        if (correlation != null) {
            correlation.flowStarted(flow);
        }
        return flow;
    }

    /** A flow has left the table. */
    private void end(FlowEntry flow, FlowEnd end) {
        flow.ended = true;
        counts.set(FLOWS, table.size());
        switch (end) {
            case IDLE -> counts.add(FLOWS_IDLE, 1);
            case CLOSED -> counts.add(FLOWS_CLOSED, 1);
            case TABLE_FULL -> counts.add(FLOWS_EVICTED, 1);
            default -> {
                // at the end of the pipeline nothing is evicted
            }
        }
        Verdict verdict = flow.verdict();
        if (verdict != null && end != FlowEnd.PIPELINE_CLOSED && flow.isIp()) {
            remember(flow);
        }
        for (Classifier classifier : classifiers) {
            try {
                classifier.flowEnded(flow, end);
            } catch (Throwable t) {
                counts.add(ERRORS, 1);
                errors.report("flowEnded of " + classifier.getClass().getName(), t);
            }
        }
        flow.release();
        if (correlation != null && flow.asked) {
            correlation.flowEnded(flow);
        }
    }

    /** Has the verdict of a flow outlive it. */
    private void remember(FlowEntry flow) {
        verdicts.put(flow, flow.verdict(), flow.closedNs != 0, flow.activeNs + verdictLifetimeNs);
        counts.set(FLOW_VERDICTS_EVICTED, verdicts.evicted());
    }

    /** Looks at as many places of the table as the time since the last look asks for. */
    void sweep(long nowNs) {
        if (!swept || nowNs < sweptNs) { // the time of a recording may be set back
            swept = true;
            sweptNs = nowNs;
            return;
        }
        long elapsedNs = nowNs - sweptNs;
        long share = sweepNs / table.places();
        if (elapsedNs <= 0 || elapsedNs < share) {
            return;
        }
        this.nowNs = nowNs;
        // No round is owed twice, and no call looks at more than a slice: a jump in time stops nothing.
        double owed = Math.min(table.places(), (double) elapsedNs * table.places() / sweepNs);
        int places = (int) Math.min(owed, SWEEP_SLICE);
        if (places > 0) {
            long startNs = owed >= table.places() ? nowNs - sweepNs : sweptNs;
            sweptNs = startNs + (long) ((double) places * sweepNs / table.places());
            table.sweep(places, sweeper);
        }
    }

    private final class Sweep implements FlowTable.Sweeper {
        @Override
        public boolean isOver(FlowEntry flow) {
            return flow.heldCount == 0
                    && (nowNs - flow.activeNs > idleNs || flow.closedNs != 0 && nowNs - flow.activeNs > closedNs);
        }

        @Override
        public void removed(FlowEntry flow) {
            end(flow, flow.closedNs != 0 ? FlowEnd.CLOSED : FlowEnd.IDLE);
        }
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
        table.drain(flow -> end(flow, FlowEnd.PIPELINE_CLOSED));
        counts.set(FLOWS, 0);
        notIp.release();
    }
}
