package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.NanoClock;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import java.util.function.BooleanSupplier;

/**
 * Owns one capture queue: receives, has packets judged ({@link VerdictSource}), gives memory back, sleeps. Nobody else touches
 * the queue, but for a thread that {@linkplain #takeOver takes over} at the end.
 */
final class QueueAgent implements Runnable {
    static final int BATCH = 64;

    /** How many are handed over in a turn: a multiple costs no slots, and what is done once a turn is done less often. */
    private static final int DISPATCHED = 256;

    private static final long LOSSES_EVERY_NS = 100_000_000;
    private static final long SLEEP_NS = 100_000_000;
    private static final long SHORT_SLEEP_NS = 10_000_000;
    private static final long SHORTEST_SLEEP_NS = 100_000;
    private static final long MOVED_CLOCK_SLEEP_NS = 1_000_000;

    /** How long a source that was told to stop may still bring packets when the end is overdue. */
    private static final long REST_NS = 500_000_000;

    private final int index;
    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final PipelineInstance pipeline;
    private final NanoClock clock;
    private final PacketBudget budget;

    /** True when packets beyond the bound are read and decided at once, false when they are not read. */
    private final boolean refusing;

    /** Every packet that is read is judged, however many there are. */
    private final boolean alwaysJudges;

    private final Verdict overloadVerdict;
    private final Verdict pauseVerdict;

    private final QueueBooks books = new QueueBooks();
    private final VerdictDesk desk;
    private final TupleReader tuples;
    private final Ownership ownership = new Ownership();
    private final QueueSleep sleep;
    private final Slot[] batch = new Slot[BATCH];

    /** Set before the thread starts. */
    private VerdictSource verdicts;

    /** The same, where it is run to completion; else null. */
    private InPlaceVerdicts inPlace;

    // What keeps this agent from sleeping; made once.
    private final BooleanSupplier anyNews = this::hasNews;
    private final BooleanSupplier noLongerReading = () -> hasNews() || !isReading();
    private final BooleanSupplier readingAgain = () -> hasNews() || isReading();

    /** The pipeline's clock, read once a turn: when packets came, or when none had. */
    private long nowNs;

    private boolean intakeStopped;
    private boolean ended;

    /** Packets are handed over one by one just now. */
    private boolean dispatching;

    /** The next one is the first of its turn. */
    private boolean first;

    /** The last batch was not a full one. */
    private boolean emptied;

    private long lossesReadNs;

    private volatile long turnNs;

    QueueAgent(CaptureQueue queue, PipelineConfig config, PipelineInstance pipeline, HashSeed seed) {
        this.index = queue.index();
        this.queue = queue;
        this.config = config;
        this.pipeline = pipeline;
        this.clock = config.clock();
        this.budget = config.budget();
        this.refusing = config.overload() != OverloadPolicy.STOP_READING;
        this.alwaysJudges = budget == null && config.pause() == PausePolicy.STOP_READING && !refusing;
        this.overloadVerdict = config.overload() == OverloadPolicy.FAIL_CLOSED ? Verdict.DROP : Verdict.ACCEPT;
        this.pauseVerdict = config.pause() == PausePolicy.DROP ? Verdict.DROP : Verdict.ACCEPT;
        this.sleep = new QueueSleep(queue, config.busyPoll());
        this.desk = new VerdictDesk(queue, config, books, pipeline.errors());
        this.tuples = new TupleReader(config, seed);
    }

    /** Run to completion; the shard is to be said next. */
    InPlaceVerdicts judgeInPlace() {
        inPlace = new InPlaceVerdicts(this, queue, config, desk, ownership, tuples);
        verdicts = inPlace;
        return inPlace;
    }

    void handTo(WorkerAgent[] workers) {
        verdicts = new WorkerVerdicts(this, queue, config, pipeline, desk, tuples, workers);
    }

    VerdictDesk desk() {
        return desk;
    }

    QueueBooks books() {
        return books;
    }

    int index() {
        return index;
    }

    // ---------------------------------------------------------------------------------------------- the loop

    @Override
    public void run() {
        sleep.ownedByThisThread();
        try {
            loop();
            if (!isTaken()) {
                drain();
            }
        } catch (Throwable t) {
            pipeline.fail(t);
            if (ownership.endJudging()) {
                giveUp();
            }
        }
        if (inPlace != null) {
            closeShard();
        }
        sleep.close();
        if (ownership.end()) {
            pipeline.queueEnded(this);
        }
    }

    private void loop() {
        while (true) {
            if (pipeline.isOverdue()) {
                endOverdue();
                return;
            }
            int work = turn();
            if (ended || isTaken()) {
                return;
            }
            rest(work);
        }
    }

    /** Classifiers are told of the ends of flows; one that does not return keeps nothing but this thread. */
    private void closeShard() {
        ownership.beginJudging();
        try {
            inPlace.close();
        } catch (Throwable t) {
            pipeline.fail(t);
        }
        pipeline.shardEnded();
    }

    /** One turn: answers in, packets in, packets out. */
    private int turn() {
        emptied = false;
        int work = verdicts.collect();
        if (pipeline.isStopping()) {
            stopIntake();
        }
        PipelineInstance.Mode mode = pipeline.mode();
        int received = 0;
        if (mode == PipelineInstance.Mode.CLASSIFY || config.pause() != PausePolicy.STOP_READING) {
            received = receive(mode);
        }
        if (isTaken()) {
            return 0;
        }
        if (received == 0) {
            nowNs = clock.nanoTime(); // else it was read when they came
        }
        long beganNs = config.systemClock() ? nowNs : System.nanoTime();
        turnNs = beganNs;
        work += received + verdicts.judge(nowNs);
        if (isTaken()) {
            return 0;
        }
        if (work > 0) {
            queue.flush();
        }
        if (beganNs - lossesReadNs > LOSSES_EVERY_NS) {
            lossesReadNs = beganNs;
            books.readLosses(queue);
            desk.flushRecords();
        }
        return work;
    }

    private int receive(PipelineInstance.Mode mode) {
        if (budget != null && budget.isSpent()) {
            return receiveBeyondLimit();
        }
        dispatching = inPlace != null && queue.dispatches() && mode == PipelineInstance.Mode.CLASSIFY;
        int limit = dispatching ? DISPATCHED : BATCH;
        if (!refusing && mode == PipelineInstance.Mode.CLASSIFY) {
            limit = Math.min(limit, out().room());
            if (limit <= 0) {
                return 0;
            }
        }
        int received = budget == null ? take(limit) : takeWithinBudget(limit);
        if (received == 0 || dispatching) {
            return received;
        }
        countReceived(received);
        if (isForPause(mode, received)) {
            decide(0, received, pauseVerdict, Cause.PAUSED);
        } else {
            int admitted = refusing ? out().fitting(batch, received) : received;
            verdicts.admit(batch, admitted, nowNs);
            decide(admitted, received, overloadVerdict, Cause.OVERLOAD);
        }
        return received;
    }

    /**
     * Whether a batch falls into a pause. What was sent after a call to pause or resume had returned is treated as that
     * call wants, so the mode counts as it is after receiving; the one before said how many packets could be taken.
     */
    private boolean isForPause(PipelineInstance.Mode before, int received) {
        boolean mayClassify = before == PipelineInstance.Mode.CLASSIFY || refusing || received <= out().room();
        boolean mayPass = config.pause() != PausePolicy.STOP_READING;
        return !mayClassify || mayPass && pipeline.mode() != PipelineInstance.Mode.CLASSIFY;
    }

    /** Has the queue fill the batch; 0 when nothing came, or nothing ever will. */
    private int take(int limit) {
        int received;
        first = true;
        try {
            received = dispatching ? queue.dispatch(inPlace, limit) : queue.receive(batch, limit);
        } catch (WeirException e) {
            pipeline.fail(e); // what was received before is decided in order
            received = CaptureQueue.END;
        }
        if (received == CaptureQueue.END) {
            ended = true;
            return 0;
        }
        if (received > 0) {
            if (!dispatching) {
                packetsCame();
            }
            emptied = received < limit;
        }
        return received;
    }

    private void packetsCame() {
        nowNs = clock.nanoTime(); // a packet is never older than what happened before it came
    }

    /** Books a packet that was handed over on its own; false when it is decided without being judged. */
    boolean precede(Slot slot) {
        if (first) {
            first = false;
            packetsCame();
            turnNs = config.systemClock() ? nowNs : System.nanoTime();
            inPlace.begin(nowNs, turnNs);
        }
        books.received(1, slot.wireLength());
        return alwaysJudges || isToBeJudged(slot);
    }

    private boolean isToBeJudged(Slot slot) {
        if (budget != null) {
            countAgainstLimit(1); // before a classifier has it: one that does not return keeps nobody waiting
        }
        if (config.pause() != PausePolicy.STOP_READING && pipeline.mode() != PipelineInstance.Mode.CLASSIFY) {
            desk.settle(slot, pauseVerdict, Cause.PAUSED, null);
            return false;
        }
        if (refusing && out().isFull()) {
            desk.settle(slot, overloadVerdict, Cause.OVERLOAD, null);
            return false;
        }
        return true;
    }

    private int takeWithinBudget(int limit) {
        int claimed = budget.claim(limit);
        int received = claimed == 0 ? 0 : take(claimed);
        budget.giveBack(claimed - received);
        if (received > 0 && !dispatching) {
            countAgainstLimit(received);
        }
        return received;
    }

    private void countAgainstLimit(int received) {
        if (budget.received(received)) {
            pipeline.limitReached();
        }
    }

    /** The limit was reached: what a passive source still has is left there, an inline one must have it back. */
    private int receiveBeyondLimit() {
        if (config.traits().passive()) {
            ended = true;
            return 0;
        }
        dispatching = false;
        int received = take(BATCH);
        countReceived(received);
        decide(0, received, config.defaultVerdict(), Cause.STOP);
        return received;
    }

    private void countReceived(int received) {
        long bytes = 0;
        for (int i = 0; i < received; i++) {
            bytes += batch[i].wireLength();
        }
        books.received(received, bytes);
    }

    private void decide(int from, int to, Verdict verdict, Cause cause) {
        for (int i = from; i < to; i++) {
            desk.decide(batch[i], verdict, cause);
        }
    }

    private Outstanding out() {
        return verdicts.out();
    }

    // ---------------------------------------------------------------------------------------------- resting

    private void rest(int work) {
        if (work > 0) {
            sleep.worked(turnNs);
            if (!emptied || !sleep.isAtOnce()) {
                return;
            }
        }
        if (!sleep.spins()) {
            Thread.interrupted(); // a classifier may have left it set: nobody could sleep then
            boolean reading = isReading();
            sleep.sleep(reading, reading ? noLongerReading : readingAgain, sleepNs());
        }
    }

    private boolean isReading() {
        return pipeline.mode() == PipelineInstance.Mode.CLASSIFY
                ? refusing || !out().isFull()
                : config.pause() != PausePolicy.STOP_READING;
    }

    private boolean hasNews() {
        return verdicts.hasNews() || pipeline.isStopping() && !intakeStopped;
    }

    private long sleepNs() {
        long sleepNs = SLEEP_NS;
        long dueNs = verdicts.dueNs();
        if (dueNs != Long.MAX_VALUE) {
            sleepNs = Math.min(sleepNs, Math.max(SHORTEST_SLEEP_NS, dueNs - clock.nanoTime()));
        }
        return config.systemClock() ? sleepNs : Math.min(sleepNs, MOVED_CLOCK_SLEEP_NS);
    }

    /** Wakes the agent if it sleeps. Any thread. */
    void wake() {
        sleep.wake();
    }

    // ---------------------------------------------------------------------------------------------- ending

    /** The intake has ended: waits for what is out, then closes the books. */
    private void drain() {
        pipeline.intakeEnded(this);
        verdicts.drain();
        while (!isTaken() && !out().isEmpty()) {
            nowNs = clock.nanoTime();
            int work = verdicts.collect() + verdicts.judge(nowNs);
            turnNs = System.nanoTime();
            if (work > 0) {
                queue.flush();
            } else if (pipeline.isOverdue()) {
                verdicts.abandon();
            } else {
                sleep.sleep(false, anyNews, config.systemClock() ? SHORT_SLEEP_NS : MOVED_CLOCK_SLEEP_NS);
            }
        }
        if (!isTaken()) {
            closeBooks();
        }
    }

    private void closeBooks() {
        queue.flush();
        books.readLosses(queue);
        desk.flushRecords();
    }

    /** The time for an orderly end is over, and the source has not ended, or could not be read to its end. */
    private void endOverdue() {
        verdicts.abandon();
        stopIntake();
        decideRest();
        ended = true;
    }

    /**
     * Takes the queue from an owner that is stuck in a classifier, decides what is out, and keeps the slots out. Called
     * by a thread that waits for the end of the pipeline, when that is overdue.
     */
    void takeOver() {
        if (inPlace == null || !ownership.take()) {
            return; // it will end by itself
        }
        int abandoned = 0;
        try {
            abandoned = inPlace.takeOver();
            queue.flush();
            stopIntake();
            decideRest();
            closeBooks();
        } catch (Throwable t) {
            pipeline.fail(t);
            books.closeUndecided();
        }
        pipeline.abandoned(abandoned, "a classifier has not returned");
        pipeline.queueEnded(this);
    }

    private void stopIntake() {
        if (!intakeStopped) {
            intakeStopped = true;
            verdicts.intakeStopped();
            queue.stopIntake();
        }
    }

    /** What the source still brings when nobody can classify it any more; for a short time, as it might never end. */
    private void decideRest() {
        Slot[] rest = new Slot[BATCH];
        long untilNs = System.nanoTime() + REST_NS;
        while (System.nanoTime() - untilNs < 0) {
            int received = queue.receive(rest, BATCH);
            if (received <= 0) {
                return;
            }
            for (int i = 0; i < received; i++) {
                books.received(1, rest[i].wireLength());
                desk.decide(rest[i], config.defaultVerdict(), Cause.STOP);
            }
            queue.flush();
        }
    }

    /** Something broke in between: what can still be decided is, by default; the rest is counted as undecided. */
    private void giveUp() {
        ended = true;
        try {
            verdicts.giveUp();
            stopIntake();
            decideRest();
            closeBooks();
        } catch (Throwable t) {
            pipeline.errors().report("deciding what was out when a queue failed", t);
        }
        books.closeUndecided();
    }

    private boolean isTaken() {
        return ownership.isTaken();
    }

    // ---------------------------------------------------------------------------------------------- for the ledger

    /** When the present turn began to judge; an old one with packets in hand means a classifier that does not return. */
    long turnNs() {
        return turnNs;
    }

    boolean isJudging() {
        return ownership.isJudging();
    }
}
