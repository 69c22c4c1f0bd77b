package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import java.util.ArrayList;
import java.util.List;

/**
 * Run to completion: the queue's own thread judges, with a {@link FlowShard} of its own.
 *
 * <p>A classifier that never returns would keep the queue for ever; so while classifiers run, this touches neither queue
 * nor books, and another thread that stops the pipeline may {@link #takeOver} ({@link Ownership}). What the classifiers decided
 * is carried out after the batch.
 *
 * <p>A packet that is decided at once, as nearly all are, costs no object but its slot: its tuple is read into one that all
 * share, its verdict stands in a list until the batch is done.
 */
final class InPlaceVerdicts implements VerdictSource, FlowShard.Sink {
    private final QueueAgent agent;
    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final boolean offline;
    private final VerdictDesk desk;
    private final Ownership ownership;
    private final TupleReader tuples;
    private final Outstanding out;
    private final RecordedTime recorded = new RecordedTime();
    private FlowShard shard;

    /** The tuple of the packet that is being judged. */
    private final Tuple tuple = new Tuple();

    private Slot[] batch = {};
    private int batchSize;

    /** Packets of the batch that have been judged. */
    private int judged;

    private final DecidedPackets decided = new DecidedPackets(QueueAgent.BATCH);

    /** Held since this batch. */
    private final List<InFlight> newlyHeld = new ArrayList<>();

    /** Held no longer since this batch. */
    private final List<InFlight> released = new ArrayList<>();

    private long nowNs;
    private boolean stopping;

    InPlaceVerdicts(
            QueueAgent agent,
            CaptureQueue queue,
            PipelineConfig config,
            VerdictDesk desk,
            Ownership ownership,
            TupleReader tuples) {
        this.agent = agent;
        this.queue = queue;
        this.config = config;
        this.offline = config.traits().offline();
        this.desk = desk;
        this.ownership = ownership;
        this.tuples = tuples;
        this.out = new Outstanding(config);
    }

    void judgeWith(FlowShard shard) {
        this.shard = shard;
    }

    /** Ends all flows; the last thing that is done here. */
    void close() {
        shard.close();
    }

    @Override
    public Outstanding out() {
        return out;
    }

    @Override
    public int collect() {
        return 0;
    }

    @Override
    public boolean hasNews() {
        return shard.hasControl();
    }

    @Override
    public long dueNs() {
        return Long.MAX_VALUE;
    }

    @Override
    public void intakeStopped() {
        stopping = true;
    }

    // ---------------------------------------------------------------------------------------------- judging

    @Override
    public void admit(Slot[] batch, int count, long nowNs) {
        this.batch = batch;
        batchSize = count;
        judged = 0;
    }

    @Override
    public int judge(long nowNs) {
        this.nowNs = nowNs;
        long flowNs = offline ? recorded.nowNs() : nowNs;
        ownership.beginJudging();
        int done = shard.hasControl() ? shard.runControl() : 0;
        if (stopping) {
            shard.stopHolding();
        }
        for (int i = 0; i < batchSize; i++) {
            Slot slot = batch[i];
            if (offline) {
                flowNs = recorded.at(slot.timestampNs());
            }
            tuples.read(slot, tuple, nowNs);
            if (shard.judge(slot, tuple, flowNs)) {
                decided.add(slot, shard.verdict(), shard.cause(), desk.wantsFlows() ? shard.flow() : null);
            }
            judged = i + 1;
            if (ownership.isTaken()) {
                return 0; // all others have been decided, and the classifiers are being closed
            }
        }
        shard.flows().sweep(flowNs);
        if (!ownership.endJudging()) {
            return 0;
        }
        done += decided.size();
        finish();
        return done;
    }

    @Override
    public InFlight inFlight(Slot slot) {
        InFlight packet = InFlight.of(slot, agent);
        packet.begin(nowNs);
        return packet;
    }

    @Override
    public void held(InFlight packet) {
        newlyHeld.add(packet);
    }

    @Override
    public void leave(InFlight packet) {
        released.add(packet);
        decided.add(packet.slot, packet.verdict, packet.cause, packet.flow);
    }

    // ---------------------------------------------------------------------------------------------- carrying out

    /** Carries out what the classifiers decided. */
    private void finish() {
        batchSize = 0;
        if (!newlyHeld.isEmpty() || !released.isEmpty()) {
            listHeld();
        }
        desk.carryOut(decided);
        queue.release(decided.slots(), decided.size());
        decided.clear();
    }

    private void listHeld() {
        for (int i = 0; i < newlyHeld.size(); i++) {
            InFlight packet = newlyHeld.get(i);
            if (packet.slot.isDetached()) {
                packet.memoryReturned = true;
                queue.detach(packet.slot);
            }
            if (packet.isHeld) {
                out.add(packet);
            }
        }
        newlyHeld.clear();
        for (int i = 0; i < released.size(); i++) {
            InFlight packet = released.get(i);
            if (packet.listed) {
                out.done(packet);
            }
        }
        released.clear();
    }

    // ---------------------------------------------------------------------------------------------- ending

    @Override
    public void drain() {
        batchSize = 0;
        ownership.beginJudging();
        shard.runControl();
        shard.stopHolding();
        if (ownership.endJudging()) {
            finish();
        }
    }

    @Override
    public void abandon() {
        // what is held is decided by whoever takes over
    }

    /**
     * Decides what is out, for a thread that has taken the queue from its owner, stuck in a classifier; the slots stay
     * out.
     *
     * @return packets decided
     */
    int takeOver() {
        for (int i = 0; i < batchSize; i++) {
            desk.carryOut(batch[i], config.defaultVerdict(), Cause.STOP, null);
        }
        return batchSize + decideHeld();
    }

    private int decideHeld() {
        int count = 0;
        for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
            desk.carryOut(packet.slot, config.defaultVerdict(), Cause.STOP, null);
            count++;
        }
        return count;
    }

    @Override
    public void giveUp() {
        listHeld();
        desk.carryOut(decided);
        for (int i = judged; i < batchSize; i++) {
            desk.carryOut(batch[i], config.defaultVerdict(), Cause.STOP, null);
        }
        decideHeld();
    }
}
