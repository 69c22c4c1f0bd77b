package dev.weir.engine;

import dev.weir.spi.Slot;
import dev.weir.spi.Spin;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * A thread that owns a shard of the flows. To each queue agent it is joined by two rings, packets in and answers out, so
 * that every ring has one producer and one consumer.
 */
final class WorkerAgent implements Runnable, FlowShard.Sink {
    private static final int BATCH = 64;
    private static final long SLEEP_NS = 100_000_000;
    private static final long MOVED_CLOCK_SLEEP_NS = 1_000_000;

    /** The two rings between this worker and one queue agent. */
    private static final class Lane {
        final QueueAgent agent;
        final SpscVarHandleArrayQueue<InFlight> packets;
        final SpscVarHandleArrayQueue<InFlight> answers;

        /** The agent's own: it has put packets in since it last rang. */
        boolean handed;

        /** The worker's own: it has put answers in since it last rang. */
        boolean answered;

        Lane(QueueAgent agent, int maxPackets) {
            this.agent = agent;
            // Rings hold all that can be in flight, so neither side ever waits for room. A packet that is held answers
            // twice: its memory can go back, and it is decided.
            packets = new SpscVarHandleArrayQueue<>(maxPackets + BATCH);
            answers = new SpscVarHandleArrayQueue<>(2 * (maxPackets + BATCH));
        }
    }

    private final PipelineConfig config;
    private final PipelineInstance pipeline;
    private final Lane[] lanes;
    private FlowShard shard;
    private final AtomicBoolean expiryPosted = new AtomicBoolean();
    private final RecordedTime recorded = new RecordedTime();

    private final boolean inline;
    private volatile boolean sleeping;
    private volatile boolean ending;
    private volatile Thread thread;

    /** When the present turn began; 0 while there is nothing to do. */
    private volatile long turnNs;

    /** Of what is decided and whose queues have not been woken. */
    private final FlushDelay delay = new FlushDelay();

    WorkerAgent(PipelineConfig config, PipelineInstance pipeline, List<QueueAgent> agents) {
        this.config = config;
        this.inline = !config.traits().passive();
        this.pipeline = pipeline;
        this.lanes = new Lane[agents.size()];
        for (QueueAgent agent : agents) {
            lanes[agent.index()] = new Lane(agent, config.maxPackets());
        }
    }

    void judgeWith(FlowShard shard) {
        this.shard = shard;
    }

    FlowShard shard() {
        return shard;
    }

    // ---------------------------------------------------------------------------------------------- for queue agents

    void hand(QueueAgent agent, InFlight packet) {
        Lane lane = lanes[agent.index()];
        lane.handed = true;
        if (!lane.packets.offer(packet)) {
            throw new IllegalStateException("more packets in flight than the ring to a worker holds");
        }
    }

    void wakeIfHanded(QueueAgent agent) {
        Lane lane = lanes[agent.index()];
        if (lane.handed) {
            lane.handed = false;
            wake();
        }
    }

    InFlight answer(QueueAgent agent) {
        return lanes[agent.index()].answers.relaxedPoll();
    }

    boolean hasAnswer(QueueAgent agent) {
        return !lanes[agent.index()].answers.isEmpty();
    }

    /** Any thread. */
    void expireHeld() {
        if (expiryPosted.compareAndSet(false, true)) {
            shard.post(this::runExpiry);
        }
    }

    private void runExpiry() {
        expiryPosted.set(false); // before the look: what is decided from now on posts again
        shard.expireHeld();
    }

    /** Any thread. */
    void wake() {
        // What was written for the worker comes before the look at its flag; it sets the flag before it looks again.
        VarHandle.fullFence();
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    /** Has the worker end when its rings are empty. Any thread. */
    void end() {
        ending = true;
        wake();
    }

    /** Since when it has been in one turn, in {@link System#nanoTime}; 0 when it is waiting for work. */
    long turnNs() {
        return turnNs;
    }

    // ---------------------------------------------------------------------------------------------- the loop

    @Override
    public void run() {
        thread = Thread.currentThread();
        try {
            loop();
        } catch (Throwable t) {
            pipeline.fail(t);
        }
        try {
            shard.close();
        } catch (Throwable t) {
            pipeline.fail(t);
        }
        pipeline.shardEnded();
    }

    private void loop() {
        AdaptiveSpin spin = new AdaptiveSpin(Spin.STANDARD.longestNs());
        while (true) {
            boolean last = ending;
            long startNs = System.nanoTime();
            int work = turn(startNs);
            if (work > 0) {
                spin.worked(startNs);
            } else if (last) {
                return;
            } else if (config.busyPoll() || spin.again(startNs)) {
                Thread.onSpinWait();
            } else {
                sleep();
            }
        }
    }

    private int turn(long startNs) {
        delay.begin(startNs);
        int work = 0;
        for (Lane lane : lanes) {
            work += judge(lane, startNs);
        }
        if (shard.hasControl()) {
            turnNs = startNs;
            work += shard.runControl();
        }
        shard.flows()
                .sweep(
                        config.traits().offline()
                                ? recorded.nowNs()
                                : config.clock().nanoTime());
        if (work > 0) {
            wakeAnswered();
            turnNs = 0;
        }
        return work;
    }

    private int judge(Lane lane, long startNs) {
        int taken = 0;
        long flowNs = 0;
        for (InFlight packet = lane.packets.relaxedPoll(); packet != null; packet = next(lane, taken)) {
            if (taken++ == 0) {
                turnNs = startNs;
                flowNs = config.clock().nanoTime();
            }
            if (packet.isClaimed(packet.generation)) {
                shard.passThrough(packet); // its deadline passed while it stood in the ring
                continue;
            }
            if (config.traits().offline()) {
                flowNs = recorded.at(packet.slot.timestampNs());
            }
            shard.process(packet, flowNs);
            if (inline) {
                wakeInTime();
            }
        }
        return taken;
    }

    /** What was decided does not wait for classifiers that take their time with the rest of the batch. */
    private void wakeInTime() {
        if (delay.wantsLook() && delay.isOver(System.nanoTime())) {
            wakeAnswered();
        }
    }

    private void wakeAnswered() {
        for (Lane lane : lanes) {
            if (lane.answered) {
                lane.answered = false;
                lane.agent.wake();
            }
        }
    }

    private static InFlight next(Lane lane, int taken) {
        return taken < BATCH ? lane.packets.relaxedPoll() : null;
    }

    private void sleep() {
        Thread.interrupted(); // a classifier may have left it set: nobody could sleep then
        sleeping = true;
        VarHandle.fullFence();
        if (!hasWork()) {
            LockSupport.parkNanos(this, config.systemClock() ? SLEEP_NS : MOVED_CLOCK_SLEEP_NS);
        }
        sleeping = false;
    }

    private boolean hasWork() {
        for (Lane lane : lanes) {
            if (!lane.packets.isEmpty()) {
                return true;
            }
        }
        return shard.hasControl() || ending;
    }

    @Override
    public InFlight inFlight(Slot slot) {
        return (InFlight) slot.attachment();
    }

    @Override
    public void held(InFlight packet) {
        if (packet.slot.isDetached()) {
            answer(packet); // its memory can go back
        }
    }

    @Override
    public void leave(InFlight packet) {
        answer(packet);
    }

    private void answer(InFlight packet) {
        Lane lane = lanes[packet.owner.index()];
        lane.answered = true;
        if (!lane.answers.offer(packet)) {
            throw new IllegalStateException("more answers than the ring to a queue holds");
        }
    }
}
