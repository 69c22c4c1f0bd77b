package dev.weir.engine;

import dev.weir.KernelFilter;
import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.CpuAffinity;
import dev.weir.spi.ThreadEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pipeline's life: its threads, its state, its end, its books. */
final class PipelineInstance implements Pipeline {
    private static final Logger LOG = LoggerFactory.getLogger("dev.weir.Pipeline");
    private static final long STUCK_NS = 1_000_000_000L;
    private static final long POLL_NS = 20_000_000;

    /** How much longer than the close timeout an end may take: threads that are alive do what is left. */
    private static final long GRACE_NS = 2_500_000_000L;

    private static final long WORKER_GRACE_NS = 200_000_000;
    private static final long HELPER_GRACE_NS = 1_000_000_000;

    /** What queue agents do with packets. */
    enum Mode {
        CLASSIFY,
        PAUSED
    }

    private final PipelineConfig config;
    private final PipelineParts parts;
    private final ErrorLog errors;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    /** Zero from when the end was asked for or has come: until then nobody needs to look. */
    private final CountDownLatch ending = new CountDownLatch(1);

    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicInteger queuesRunning = new AtomicInteger();
    private final AtomicInteger intakesRunning = new AtomicInteger();
    private final AtomicBoolean shutDown = new AtomicBoolean();

    /** The shards' threads and the pipeline itself: the last to go closes the classifiers. */
    private final AtomicInteger classifierUsers = new AtomicInteger(1);

    private final AtomicLong abandoned = new AtomicLong();
    private final List<Thread> workerThreads = new ArrayList<>();
    private final List<Thread> helperThreads = new ArrayList<>();
    private volatile boolean stopping;
    private volatile long stopDeadlineNs;

    PipelineInstance(PipelineConfig config, ErrorLog errors) {
        this.config = config;
        this.errors = errors;
        this.parts = new PipelineParts();
    }

    PipelineParts parts() {
        return parts;
    }

    String name() {
        return config.name();
    }

    // ---------------------------------------------------------------------------------------------- running

    @Override
    public void run() {
        if (state.get() == State.OPEN) {
            start();
        }
        try {
            ending.await();
            while (!awaitOnce(Long.MAX_VALUE)) {
                // a stop that another thread asked for may be overdue: awaitOnce sees to it
            }
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
        }
        Throwable cause = failure.get();
        if (cause instanceof WeirException known) {
            throw known;
        } else if (cause != null) {
            throw new WeirException(config.name() + " failed: " + cause, cause);
        }
    }

    @Override
    public void start() {
        if (!state.compareAndSet(State.OPEN, State.RUNNING)) {
            throw new IllegalStateException("a pipeline is started once; this one is " + state.get());
        }
        queuesRunning.set(parts.agents.size());
        intakesRunning.set(parts.agents.size());
        classifierUsers.addAndGet(parts.shards.size());
        int cpu = 0;
        List<Thread> queueThreads = new ArrayList<>();
        for (QueueAgent agent : parts.agents) {
            queueThreads.add(thread("queue " + agent.index(), cpu++, agent));
        }
        for (int i = 0; i < parts.workers.size(); i++) {
            workerThreads.add(thread("worker " + i, cpu++, parts.workers.get(i)));
        }
        if (parts.correlation != null) {
            helperThreads.add(new PipelineThread(this, "correlation", parts.correlation));
        }
        if (parts.listener != null) {
            helperThreads.add(new PipelineThread(this, "listener", parts.listener));
        }
        if (parts.recorder != null) {
            helperThreads.add(new PipelineThread(this, "recorder", parts.recorder));
        }
        if (parts.offload != null) {
            helperThreads.add(new PipelineThread(this, "offload", parts.offload));
        }
        helperThreads.forEach(Thread::start);
        workerThreads.forEach(Thread::start);
        queueThreads.forEach(Thread::start);
    }

    private Thread thread(String role, int number, Runnable agent) {
        int[] cpus = config.cpus();
        if (cpus.length == 0) {
            return new PipelineThread(this, role, agent);
        }
        int cpu = cpus[number % cpus.length];
        return new PipelineThread(this, role, () -> {
            try {
                CpuAffinity.pin(cpu);
            } catch (WeirException e) {
                errors.report("pinning a thread to CPU " + cpu, e);
            }
            agent.run();
        });
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        long untilNs = System.nanoTime() + timeout.toNanos();
        boolean ended = ending.await(timeout.toNanos(), TimeUnit.NANOSECONDS) && awaitOnce(untilNs - System.nanoTime());
        while (!ended && System.nanoTime() - untilNs < 0) {
            ended = awaitOnce(untilNs - System.nanoTime());
        }
        return ended;
    }

    /** Waits a little; takes queues from threads that keep an overdue pipeline from its end. True when it has ended. */
    private boolean awaitOnce(long timeoutNs) throws InterruptedException {
        if (isOverdue() && !PipelineThread.isOf(this)) {
            parts.agents.forEach(QueueAgent::takeOver);
            return end.await(Math.min(timeoutNs, POLL_NS), TimeUnit.NANOSECONDS);
        }
        return end.await(Math.min(timeoutNs, 5 * POLL_NS), TimeUnit.NANOSECONDS);
    }

    @Override
    public void pause() {
        if (state.compareAndSet(State.RUNNING, State.PAUSED)) {
            parts.agents.forEach(QueueAgent::wake);
        }
    }

    @Override
    public void resume() {
        if (state.compareAndSet(State.PAUSED, State.RUNNING)) {
            parts.agents.forEach(QueueAgent::wake);
        }
    }

    // ---------------------------------------------------------------------------------------------- for the agents

    Mode mode() {
        return state.get() == State.PAUSED ? Mode.PAUSED : Mode.CLASSIFY;
    }

    boolean isStopping() {
        return stopping;
    }

    /** True when the pipeline was told to stop and its time for that is over. */
    boolean isOverdue() {
        return stopping && System.nanoTime() - stopDeadlineNs > 0;
    }

    /** Everything that was asked for has been received. */
    void limitReached() {
        requestStop();
    }

    ErrorLog errors() {
        return errors;
    }

    /** The first failure is kept; the pipeline stops. */
    void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            if (cause instanceof WeirException) {
                LOG.error("{}: {}", config.name(), cause.getMessage());
            } else {
                LOG.error("{} failed", config.name(), cause);
            }
        }
        requestStop();
    }

    void abandoned(int packets, String why) {
        abandoned.addAndGet(packets);
        LOG.error(
                "{}: {} within {} ms; {} packets were decided by default, their memory stays mapped",
                config.name(),
                why,
                TimeUnit.NANOSECONDS.toMillis(config.closeTimeoutNs()),
                packets);
    }

    /** A queue will bring nothing any more; when all have said so, nothing is held any longer. */
    void intakeEnded(QueueAgent agent) {
        if (intakesRunning.decrementAndGet() == 0) {
            for (WorkerAgent worker : parts.workers) {
                worker.shard().post(worker.shard()::stopHolding);
            }
        }
    }

    /** A thread will call no classifier any more. */
    void shardEnded() {
        if (classifierUsers.decrementAndGet() == 0) {
            parts.closeClassifiers(errors);
        }
    }

    /** A queue is done; the last one ends the pipeline. */
    void queueEnded(QueueAgent agent) {
        if (queuesRunning.decrementAndGet() == 0) {
            shutDown();
        }
    }

    // ---------------------------------------------------------------------------------------------- ending

    @Override
    public void stop() {
        requestStop();
        if (PipelineThread.isOf(this)) {
            return; // a classifier asks: it cannot wait for itself
        }
        boolean interrupted = false;
        boolean ended = false;
        long untilNs = System.nanoTime() + config.closeTimeoutNs() + GRACE_NS;
        while (!ended && System.nanoTime() - untilNs < 0) {
            try {
                ended = awaitOnce(POLL_NS);
            } catch (InterruptedException e) {
                interrupted = true; // the end is worth waiting for, and it is not far
            }
        }
        if (!ended) {
            LOG.error("{}: could not be ended in {} ms", config.name(), config.closeTimeoutNs() / 1_000_000);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void requestStop() {
        if (state.compareAndSet(State.OPEN, State.STOPPING)) {
            shutDown(); // never started: nothing to wait for
            return;
        }
        if (stopping || end.getCount() == 0) {
            return;
        }
        stopDeadlineNs = System.nanoTime() + config.closeTimeoutNs();
        stopping = true;
        ending.countDown();
        state.updateAndGet(now -> now == State.RUNNING || now == State.PAUSED ? State.STOPPING : now);
        for (WorkerAgent worker : parts.workers) {
            worker.shard().post(worker.shard()::stopHolding);
        }
        parts.agents.forEach(QueueAgent::wake);
    }

    private void shutDown() {
        if (!shutDown.compareAndSet(false, true)) {
            return;
        }
        long workersUntilNs = Math.max(0, stopping ? stopDeadlineNs - System.nanoTime() : config.closeTimeoutNs())
                + WORKER_GRACE_NS
                + System.nanoTime();
        parts.workers.forEach(WorkerAgent::end);
        workerThreads.forEach(thread -> ThreadEnd.await(thread, workersUntilNs));
        if (helperThreads.isEmpty()) {
            parts.discardHelpers();
        }
        parts.endHelpers();
        long helpersUntilNs = Math.max(0, workersUntilNs - System.nanoTime()) + HELPER_GRACE_NS + System.nanoTime();
        helperThreads.forEach(thread -> ThreadEnd.await(thread, helpersUntilNs));
        shardEnded();
        try {
            parts.source.close();
        } catch (RuntimeException e) {
            errors.report("closing the capture", e);
        }
        state.set(failure.get() == null ? State.ENDED : State.FAILED);
        ending.countDown();
        end.countDown();
    }

    @Override
    public void close() {
        stop();
    }

    @Override
    public State state() {
        return state.get();
    }

    // ---------------------------------------------------------------------------------------------- books

    @Override
    public Ledger ledger() {
        List<Ledger.WorkerCounts> workers = new ArrayList<>();
        long held = 0;
        long late = 0;
        for (int i = 0; i < parts.shards.size(); i++) {
            Counts counts = parts.shards.get(i).counts();
            held += counts.get(FlowShard.HELD);
            late += counts.get(FlowShard.LATE);
            workers.add(new Ledger.WorkerCounts(
                    i,
                    counts.get(FlowShard.CLASSIFIED),
                    counts.get(FlowShard.ERRORS),
                    counts.get(FlowShard.FLOWS),
                    counts.get(FlowShard.FLOWS_CREATED),
                    counts.get(FlowShard.FLOWS_IDLE),
                    counts.get(FlowShard.FLOWS_CLOSED),
                    counts.get(FlowShard.FLOWS_EVICTED),
                    counts.get(FlowShard.FLOW_VERDICTS_EVICTED),
                    stuckNs(i)));
        }
        List<Ledger.QueueCounts> queues = new ArrayList<>();
        Map<Reason, Long> reasons = new HashMap<>();
        long undecided = 0;
        long unsupported = 0;
        for (QueueAgent agent : parts.agents) {
            queues.add(agent.books().snapshot(agent.index()));
            agent.books().addReasons(reasons);
            undecided += agent.books().undecided();
            unsupported += agent.books().unsupportedVerdicts();
        }
        return new Ledger(
                List.copyOf(queues),
                List.copyOf(workers),
                Map.copyOf(reasons),
                held,
                abandoned.get(),
                undecided,
                late,
                unsupported,
                parts.listener == null ? 0 : parts.listener.missed(),
                parts.recorder == null ? 0 : parts.recorder.recorded(),
                parts.recorder == null ? 0 : parts.recorder.missed(),
                parts.recorder == null ? "" : parts.recorder.failure(),
                parts.correlation == null ? 0 : parts.correlation.attributions(),
                parts.correlation == null ? 0 : parts.correlation.contradictions(),
                parts.offload == null ? Map.of() : parts.offload.counts(),
                config.advisory());
    }

    @Override
    public Optional<KernelFilter> kernelFilter() {
        return Optional.ofNullable(parts.offload).map(OffloadAgent::filter);
    }

    private long stuckNs(int shard) {
        long sinceNs;
        if (parts.workers.isEmpty()) {
            QueueAgent agent = parts.agents.get(shard);
            sinceNs = agent.isJudging() ? agent.turnNs() : 0;
        } else {
            sinceNs = parts.workers.get(shard).turnNs();
        }
        long stuckNs = sinceNs == 0 ? 0 : System.nanoTime() - sinceNs;
        return stuckNs > STUCK_NS ? stuckNs : 0;
    }

    @Override
    public Set<Verdict.Kind> carriesOut() {
        return config.carriesOut();
    }

    @Override
    public String explain() {
        List<String> lines = new ArrayList<>(parts.source.explain());
        lines.add(
                parts.workers.isEmpty()
                        ? "run to completion: each queue's thread classifies (" + parts.agents.size() + ")"
                        : parts.workers.size() + " workers, each flow belongs to one");
        lines.add("in flight per queue: at most " + config.maxPackets() + " packets and " + config.maxBytes()
                + " bytes, then " + config.overload());
        if (config.deadlineNs() > 0) {
            lines.add("deadline " + Duration.ofNanos(config.deadlineNs()) + ", then "
                    + config.deadlineVerdict().kind());
        }
        lines.add("no opinion: " + config.defaultVerdict().kind() + "; a classifier that throws: "
                + config.errorVerdict().kind() + "; while paused: " + config.pause());
        if (parts.offload != null) {
            lines.addAll(parts.offload.explain());
        }
        if (config.advisory()) {
            lines.add("advisory: verdicts are not carried out");
        }
        return String.join(System.lineSeparator(), lines);
    }
}
