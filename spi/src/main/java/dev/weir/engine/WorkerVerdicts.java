package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;

/** Hands the packets of a queue to the workers that own their flows, and collects the answers. */
final class WorkerVerdicts implements VerdictSource {
    /** How long an answer takes that is on its way, on a machine that is busy. */
    private static final long CLAIMED_NS = 500_000_000;

    private final QueueAgent agent;
    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final PipelineInstance pipeline;
    private final VerdictDesk desk;
    private final TupleReader tuples;
    private final Outstanding out;
    private final WorkerAgent[] workers;

    WorkerVerdicts(
            QueueAgent agent,
            CaptureQueue queue,
            PipelineConfig config,
            PipelineInstance pipeline,
            VerdictDesk desk,
            TupleReader tuples,
            WorkerAgent[] workers) {
        this.agent = agent;
        this.queue = queue;
        this.config = config;
        this.pipeline = pipeline;
        this.desk = desk;
        this.tuples = tuples;
        this.out = new Outstanding(config);
        this.workers = workers;
    }

    @Override
    public Outstanding out() {
        return out;
    }

    @Override
    public void admit(Slot[] batch, int count, long nowNs) {
        for (int i = 0; i < count; i++) {
            InFlight packet = InFlight.of(batch[i], agent);
            packet.begin(nowNs);
            tuples.read(batch[i], packet.tuple, nowNs);
            out.add(packet);
            workers[(int) ((packet.tuple.hash >>> 32) * workers.length >>> 32)].hand(agent, packet);
        }
        for (WorkerAgent worker : workers) {
            worker.wakeIfHanded(agent);
        }
    }

    @Override
    public int collect() {
        int collected = 0;
        for (WorkerAgent worker : workers) {
            for (InFlight packet = worker.answer(agent); packet != null; packet = worker.answer(agent)) {
                collected++;
                if (packet.slot.isDetached() && !packet.memoryReturned) {
                    packet.memoryReturned = true; // it is held: this message says no more than that
                    queue.detach(packet.slot);
                    continue;
                }
                if (!packet.decidedByOwner) {
                    packet.carriedOut = desk.carryOut(packet.slot, packet.verdict, packet.cause, packet.flow);
                }
                out.done(packet);
                desk.giveBack(packet.slot, packet.carriedOut);
            }
        }
        return collected;
    }

    /** Gives the default verdict to what has waited too long; the list is in the order of arrival. */
    @Override
    public int judge(long nowNs) {
        if (config.deadlineNs() == 0) {
            return 0;
        }
        int expired = 0;
        for (InFlight packet = out.list.nextToExpire();
                packet != null && nowNs - packet.receivedNs >= config.deadlineNs();
                packet = out.list.nextToExpire()) {
            if (packet.claim(packet.generation)) {
                packet.carriedOut = desk.carryOut(packet.slot, config.deadlineVerdict(), Cause.DEADLINE, null);
                expired++;
            }
            out.list.expired();
        }
        if (expired > 0) {
            for (WorkerAgent worker : workers) {
                worker.expireHeld(); // what it holds of these, it lets go
            }
        }
        return expired;
    }

    @Override
    public boolean hasNews() {
        for (WorkerAgent worker : workers) {
            if (worker.hasAnswer(agent)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long dueNs() {
        InFlight next = config.deadlineNs() == 0 ? null : out.list.nextToExpire();
        return next == null ? Long.MAX_VALUE : next.receivedNs + config.deadlineNs();
    }

    @Override
    public void intakeStopped() {
        // the pipeline tells the workers
    }

    @Override
    public void drain() {
        // the workers decide what they hold
    }

    @Override
    public void abandon() {
        int abandoned = 0;
        for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
            if (packet.claim(packet.generation)) {
                packet.carriedOut = desk.carryOut(packet.slot, config.defaultVerdict(), Cause.STOP, null);
                abandoned++;
            }
        }
        awaitClaimed();
        if (!out.list.isEmpty()) {
            pipeline.abandoned(abandoned, "a worker has not returned from a classifier");
        }
        out.forget();
    }

    /** What a worker has claimed it is about to answer: no code of the application stands in between. */
    private void awaitClaimed() {
        long untilNs = System.nanoTime() + CLAIMED_NS;
        while (out.list.hasUndone() && System.nanoTime() - untilNs < 0) {
            if (collect() == 0) {
                Thread.yield();
            }
        }
    }

    @Override
    public void giveUp() {
        abandon();
    }
}
