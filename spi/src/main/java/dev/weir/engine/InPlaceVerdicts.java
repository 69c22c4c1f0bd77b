package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Run to completion: the queue's own thread judges, with a {@link FlowShard} of its own, and carries out each verdict before it
 * looks at the next packet. Packets come in batches, or one by one from a queue that {@linkplain CaptureQueue#dispatches
 * dispatches}.
 *
 * <p>A classifier that never returns would keep the queue for ever; so while one runs, this touches neither queue
 * nor books, and another thread that stops the pipeline may {@link #takeOver} ({@link Ownership}).
 *
 * <p>A packet that is decided at once, as nearly all are, costs no object but its slot: its tuple is read into one that all
 * share.
 */
final class InPlaceVerdicts implements VerdictSource, FlowShard.Sink, PacketSink {
    private final QueueAgent agent;
    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final boolean offline;
    private final boolean inline;
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

    /** Where a packet stands as a batch of its own when it is not part of one. */
    private final Slot[] single = new Slot[1];

    /** Packets of the batch whose slots may go. */
    private final Slot[] done = new Slot[QueueAgent.BATCH];

    private int doneCount;

    /** Held since the last packet. */
    private final Queue<InFlight> newlyHeld = new ArrayDeque<>();

    /** Held no longer since the last packet, or never. */
    private final Queue<InFlight> released = new ArrayDeque<>();

    /** There may be some of either. */
    private boolean unsettled;

    private long nowNs;

    /** The time by which flows live: the pipeline's, or that of the recording. */
    private long flowNs;

    /** Of what is decided and has not gone out. */
    private final FlushDelay delay = new FlushDelay();

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
        this.inline = !config.traits().passive();
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

    // ---------------------------------------------------------------------------------------------- packets

    @Override
    public void admit(Slot[] batch, int count, long nowNs) {
        this.batch = batch;
        batchSize = count;
        judged = 0;
    }

    @Override
    public int judge(long nowNs) {
        at(nowNs);
        int count = batchSize - judged;
        if (inline && count > 0) {
            delay.begin(System.nanoTime());
        }
        while (judged < batchSize) {
            Slot slot = batch[judged];
            Answer answer = judge(slot);
            if (answer == Answer.LOST) {
                return 0; // all others have been decided, and the classifiers are being closed
            }
            if (answer == Answer.DONE) {
                done[doneCount++] = slot;
            }
            if (inline) {
                flushInTime();
            }
        }
        giveBackDone();
        return count + runControl();
    }

    /** What was decided does not wait for classifiers that take their time with the rest of the batch. */
    private void flushInTime() {
        if (delay.wantsLook() && delay.isOver(System.nanoTime())) {
            queue.flush();
        }
    }

    /** Takes a packet that no batch has, see {@link QueueAgent#precede}. */
    @Override
    public Answer take(Slot slot) {
        if (!agent.precede(slot)) {
            return Answer.DONE;
        }
        if (single[0] != slot) {
            single[0] = slot;
        }
        judged = 0;
        try {
            Answer answer = judge(slot);
            if (inline && answer == Answer.DONE) {
                flushInTime();
            }
            return answer;
        } catch (Throwable t) {
            if (ownership.endJudging()) {
                decideBatch(); // as long as the slot is out; what is held is decided by giveUp
            }
            throw t;
        }
    }

    /** The first of some packets that no batch has. */
    void begin(long nowNs, long turnNs) {
        at(nowNs);
        admit(single, 1, nowNs);
        judged = 1; // none is out yet
        delay.begin(turnNs);
    }

    /** Packets that come from now on came at this time. */
    private void at(long nowNs) {
        this.nowNs = nowNs;
        flowNs = offline ? recorded.nowNs() : nowNs;
    }

    /** Judges the next packet of the batch, and carries out what its classifiers decided. */
    private Answer judge(Slot slot) {
        if (offline) {
            flowNs = recorded.at(slot.timestampNs());
        }
        tuples.read(slot, tuple, nowNs);
        ownership.beginJudging();
        FlowEntry flow = shard.flows().flowOf(tuple, slot, flowNs);
        boolean decided = shard.judge(slot, flow);
        if (!ownership.endJudging()) {
            return Answer.LOST;
        }
        if (!decided) {
            judged++; // from now on it is held, or was
            settleHeld();
            return Answer.KEPT;
        }
        settleHeld();
        judged++;
        desk.settle(slot, shard.verdict(), shard.cause(), flow);
        return Answer.DONE;
    }

    private void giveBackDone() {
        if (doneCount > 0) {
            queue.release(done, doneCount);
            doneCount = 0;
        }
    }

    /** Does what others asked for, and looks for idle flows. */
    private int runControl() {
        ownership.beginJudging();
        int ran = shard.hasControl() ? shard.runControl() : 0;
        if (stopping) {
            shard.stopHolding();
        }
        shard.flows().sweep(flowNs);
        if (!ownership.endJudging()) {
            return 0;
        }
        return ran + settleHeld();
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
        unsettled = true;
    }

    @Override
    public void leave(InFlight packet) {
        released.add(packet);
        unsettled = true;
    }

    /**
     * Lists what is held, and carries out what was decided of it; how many packets that was. Each leaves its queue first:
     * when the backend throws in between, {@link #giveUp} goes on with the next.
     */
    private int settleHeld() {
        if (!unsettled) {
            return 0;
        }
        for (InFlight packet = newlyHeld.poll(); packet != null; packet = newlyHeld.poll()) {
            if (packet.isHeld) {
                out.add(packet);
            }
            if (packet.slot.isDetached()) {
                packet.memoryReturned = true;
                queue.detach(packet.slot);
            }
        }
        int count = 0;
        for (InFlight packet = released.poll(); packet != null; packet = released.poll()) {
            if (packet.listed) {
                out.done(packet);
            }
            desk.settle(packet.slot, packet.verdict, packet.cause, packet.flow);
            queue.release(packet.slot);
            count++;
        }
        unsettled = false;
        return count;
    }

    // ---------------------------------------------------------------------------------------------- ending

    @Override
    public void drain() {
        ownership.beginJudging();
        shard.runControl();
        shard.stopHolding();
        if (ownership.endJudging()) {
            settleHeld();
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
        return decideRest();
    }

    @Override
    public void giveUp() {
        settleHeld();
        decideRest();
    }

    /** Decides what has been taken in and is not decided, by default; how many packets that was. */
    private int decideRest() {
        int count = decideBatch();
        for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
            desk.settle(packet.slot, config.defaultVerdict(), Cause.STOP, null);
            count++;
        }
        return count;
    }

    private int decideBatch() {
        int count = batchSize - judged;
        while (judged < batchSize) {
            desk.settle(batch[judged++], config.defaultVerdict(), Cause.STOP, null);
        }
        return count;
    }
}
