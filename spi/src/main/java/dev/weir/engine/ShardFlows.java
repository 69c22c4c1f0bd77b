package dev.weir.engine;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.FlowEnd;
import dev.weir.FlowLimits;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import dev.weir.spi.Slot;

/**
 * The flows of a shard, from their first packet to their end: finds and makes them, tells classifiers, correlation and
 * offload of them, and lets go of those that are idle, closed or too many. What was decided for a flow outlives it here.
 * For the shard's thread.
 */
final class ShardFlows {
    private static final int TCP_SYN = 0x02;
    private static final int TCP_ACK = 0x10;
    private static final int SWEEP_SLICE = 4096;

    private final FlowShard shard;
    private final int index;
    private final int shards;
    private final Classifier[] classifiers;
    private final CorrelationAgent correlation;
    private final ErrorLog errors;
    private final Counts counts;
    private final FlowTable table;
    private final FlowVerdictTable verdicts;
    private final long idleNs;
    private final long lingerNs;
    private final long verdictLifetimeNs;
    private final long sweepNs;
    private final FlowTable.Sweeper sweeper = new Sweep();
    private final FlowEntry notIp;

    private OffloadAgent offload;
    private long sweptNs;
    private boolean swept;
    private long created;
    private long nowNs;

    /** Flows that wait beside the table, each for the ports of one in it. */
    private int waiting;

    ShardFlows(
            FlowShard shard,
            int index,
            int shards,
            Classifier[] classifiers,
            FlowLimits limits,
            CorrelationAgent correlation) {
        this.shard = shard;
        this.index = index;
        this.shards = shards;
        this.classifiers = classifiers;
        this.correlation = correlation;
        this.errors = shard.errors();
        this.counts = shard.counts();
        this.table = new FlowTable(Math.max(16, limits.maxFlows() / shards));
        this.verdicts = new FlowVerdictTable((limits.maxFlowVerdicts() + shards - 1) / shards);
        this.idleNs = limits.idleTimeout().toNanos();
        this.lingerNs = Math.min(limits.closedTimeout().toNanos(), idleNs);
        this.verdictLifetimeNs = limits.flowVerdictLifetime().toNanos();
        this.sweepNs = limits.sweepInterval().toNanos();
        this.notIp = new FlowEntry(shard, nextId(), new Tuple(), false, 0);
    }

    private long nextId() {
        return created++ * shards + index + 1;
    }

    /** Flow verdicts also go there; to be said before the first packet. */
    void offloadTo(OffloadAgent agent) {
        offload = agent;
    }

    /** Decides the rest of a flow; what is not IP is no conversation, so a verdict for it stays one for a packet. */
    void decide(FlowEntry flow, Verdict verdict) {
        if (flow.isIp()) {
            flow.decideFlow(verdict);
            if (offload != null && !flow.waits) {
                offload.flowDecided(flow);
            }
        }
    }

    /** The flow that a packet belongs to, made if need be, with the packet counted. */
    FlowEntry flowOf(Tuple tuple, Slot slot, long nowNs) {
        this.nowNs = nowNs;
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
        FlowEntry flow = table.find(tuple);
        if (flow == null) {
            flow = create(tuple, slot, flags);
        } else if (flow.closedNs != 0 || flow.inKernel || nowNs - flow.activeNs > idleNs) {
            flow = flowOrNext(flow, tuple, slot, flags);
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

    /** The flow of a packet whose ports have one that is idle or has ended, or whose end the kernel may have seen. */
    private FlowEntry flowOrNext(FlowEntry flow, Tuple tuple, Slot slot, int flags) {
        if (flow.heldCount > 0) {
            return flow;
        }
        boolean opening = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
        if (nowNs - flow.activeNs > idleNs || opening && !flow.endMayBeForged()) {
            // The sweep has not come by yet, or the ports are used again: this is another conversation.
            FlowEntry next = remove(flow);
            if (next == null) {
                return create(tuple, slot, flags);
            }
            return nowNs - next.activeNs > idleNs ? flowOrNext(next, tuple, slot, flags) : next;
        }
        if (opening) {
            return reopen(flow, tuple, slot, flags);
        }
        Reopening reopening = flow.reopening;
        return reopening != null && reopening.isAnsweredBy(tuple, slot, flags) ? remove(flow) : flow;
    }

    private FlowEntry reopen(FlowEntry flow, Tuple tuple, Slot slot, int flags) {
        if (flow.reopening == null) {
            if (isFull()) {
                remove(flow); // no room for two
                return create(tuple, slot, flags);
            }
            FlowEntry next = newFlow(tuple, slot, flags);
            next.waits = true;
            flow.reopening = new Reopening(next);
            waiting++;
            started(next, flags);
        }
        flow.reopening.opens(tuple, slot);
        return flow.reopening.flow;
    }

    private boolean isFull() {
        return table.isFull(waiting);
    }

    private FlowEntry create(Tuple tuple, Slot slot, int flags) {
        if (isFull()) {
            FlowEntry victim = table.victim();
            if (victim == null) {
                return notIp; // every flow looked at holds packets: this one is judged without a flow of its own
            }
            table.remove(victim);
            leave(victim, FlowEnd.TABLE_FULL);
        }
        FlowEntry flow = newFlow(tuple, slot, flags);
        table.add(flow);
        started(flow, flags);
        return flow;
    }

    private FlowEntry newFlow(Tuple tuple, Slot slot, int flags) {
        boolean answer = tuple.protocol() == Protocols.TCP && (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
        FlowEntry flow = new FlowEntry(shard, nextId(), tuple, tuple.fromHigh != answer, slot.timestampNs());
        flow.activeNs = nowNs;
        return flow;
    }

    private void started(FlowEntry flow, int flags) {
        counts.add(FlowShard.FLOWS_CREATED, 1);
        countFlows();
        if (!verdicts.isEmpty()) {
            boolean opening = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
            Verdict remembered = verdicts.take(flow, opening, nowNs);
            if (remembered != null) {
                decide(flow, remembered);
            }
        }
        for (Classifier classifier : classifiers) {
            try {
                classifier.flowStarted(flow);
            } catch (Throwable t) {
                counts.add(FlowShard.ERRORS, 1);
                errors.report("flowStarted of " + classifier.getClass().getName(), t);
            }
        }
        if (correlation != null) {
            correlation.flowStarted(flow);
        }
    }

    private void countFlows() {
        counts.set(FlowShard.FLOWS, table.size() + waiting);
    }

    /** Ends a flow that is over; the one that waits for its ports takes its place and is returned, else null. */
    private FlowEntry remove(FlowEntry flow) {
        table.remove(flow);
        return leave(flow, flow.closedNs != 0 ? FlowEnd.CLOSED : FlowEnd.IDLE);
    }

    /** The same for a flow that is in the table no more. */
    private FlowEntry leave(FlowEntry flow, FlowEnd end) {
        end(flow, end);
        if (flow.reopening == null) {
            return null;
        }
        FlowEntry next = flow.reopening.flow;
        flow.reopening = null;
        next.waits = false;
        waiting--;
        table.add(next);
        verdicts.take(next, true, nowNs); // that of the flow before it
        Verdict verdict = next.verdict();
        if (verdict != null) {
            decide(next, verdict);
        }
        return next;
    }

    private void end(FlowEntry flow, FlowEnd end) {
        flow.ended = true;
        countFlows();
        switch (end) {
            case IDLE -> counts.add(FlowShard.FLOWS_IDLE, 1);
            case CLOSED -> counts.add(FlowShard.FLOWS_CLOSED, 1);
            case TABLE_FULL -> counts.add(FlowShard.FLOWS_EVICTED, 1);
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
                counts.add(FlowShard.ERRORS, 1);
                errors.report("flowEnded of " + classifier.getClass().getName(), t);
            }
        }
        flow.release();
        if (correlation != null && flow.asked) {
            correlation.flowEnded(flow);
        }
    }

    /** Has the verdict of a flow outlive it. */
    void remember(FlowEntry flow) {
        verdicts.put(flow, flow.verdict(), flow.closedNs != 0, flow.activeNs + verdictLifetimeNs);
        counts.set(FlowShard.FLOW_VERDICTS_EVICTED, verdicts.evicted());
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
            boolean hasEnded = flow.closedNs != 0 && !flow.endMayBeForged();
            return flow.heldCount == 0 && nowNs - flow.activeNs > (hasEnded ? lingerNs : idleNs);
        }

        @Override
        public void removed(FlowEntry flow) {
            leave(flow, flow.closedNs != 0 ? FlowEnd.CLOSED : FlowEnd.IDLE);
        }
    }

    /** Ends all flows. */
    void close() {
        table.drain(flow -> {
            end(flow, FlowEnd.PIPELINE_CLOSED);
            if (flow.reopening != null) {
                end(flow.reopening.flow, FlowEnd.PIPELINE_CLOSED);
            }
        });
        counts.set(FlowShard.FLOWS, 0);
        notIp.release();
    }
}
