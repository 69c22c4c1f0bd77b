package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.NanoClock;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.Protocols;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.packet.Headers;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import java.util.function.BooleanSupplier;

/**
 * Owns one capture queue: receives, hands out, carries out verdicts, gives memory back. Nobody else touches the queue.
 *
 * <p>Without workers it judges in place with a {@link FlowShard} of its own. A classifier that never returns would then
 * keep the queue for ever; so while classifiers run the agent touches neither queue nor books, and another thread that stops
 * the pipeline may {@link #takeOver} from it ({@link Ownership}). What the classifiers decided is carried out after the
 * batch.
 */
final class QueueAgent implements Runnable, FlowShard.Sink {
    private static final int BATCH = 64;
    private static final long LOSSES_EVERY_NS = 100_000_000;
    private static final long SLEEP_NS = 100_000_000;
    private static final long SHORTEST_SLEEP_NS = 100_000;
    private static final long MOVED_CLOCK_SLEEP_NS = 1_000_000;

    /** How long a source that was told to stop may still bring packets when the end is overdue. */
    private static final long REST_NS = 500_000_000;

    /** How long an answer takes that is on its way, on a machine that is busy. */
    private static final long CLAIMED_NS = 500_000_000;

    private final int index;
    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final PipelineInstance pipeline;
    private final NanoClock clock;
    private final boolean offline;
    private final HashSeed seed;
    private final FragmentTable fragments;
    private final PacketBudget budget;

    /** True when packets beyond the bound are read and decided at once, false when they are not read. */
    private final boolean refusing;

    private final Verdict overloadVerdict;

    /** The shard of this queue, or null when there are workers. */
    private FlowShard shard;

    /** The workers, empty when the queue judges in place. */
    private WorkerAgent[] workers = {};

    private final QueueBooks books = new QueueBooks();
    private final VerdictDesk desk;

    private final Slot[] batch = new Slot[BATCH];
    private int batchSize;
    private InFlight[] left = new InFlight[BATCH];
    private int leftSize;
    private InFlight[] copied = new InFlight[BATCH];
    private int copiedSize;

    private final Outstanding out;
    private final Ownership ownership = new Ownership();
    private final QueueSleep sleep;

    // What keeps this agent from sleeping; made once.
    private final BooleanSupplier anyNews = this::hasNews;
    private final BooleanSupplier noLongerReading = () -> hasNews() || !isReading();
    private final BooleanSupplier readingAgain = () -> hasNews() || isReading();

    /** The pipeline's clock, read once a turn and when packets came. */
    private long nowNs;

    private final RecordedTime recorded = new RecordedTime();
    private boolean intakeStopped;
    private boolean ended;

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
        this.offline = config.traits().offline();
        this.seed = seed;
        this.fragments = new FragmentTable(seed);
        this.refusing = config.overload() != OverloadPolicy.STOP_READING;
        this.overloadVerdict = config.overload() == OverloadPolicy.FAIL_CLOSED ? Verdict.DROP : Verdict.ACCEPT;
        this.out = new Outstanding(config);
        this.sleep = new QueueSleep(queue, config.busyPoll());
        this.desk = new VerdictDesk(queue, config, books, pipeline.errors());
    }

    void judgeInPlace(FlowShard shard) {
        this.shard = shard;
    }

    void handTo(WorkerAgent[] workers) {
        this.workers = workers;
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
            if (ownership.reclaim()) {
                giveUp();
            }
        }
        if (shard != null) {
            closeShard();
        }
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
        ownership.beginJudgingIfOwned();
        try {
            shard.close();
        } catch (Throwable t) {
            pipeline.fail(t);
        }
        pipeline.shardEnded();
    }

    /** One turn: answers in, packets in, packets out. */
    private int turn() {
        nowNs = clock.nanoTime();
        long beganNs = config.systemClock() ? nowNs : System.nanoTime();
        turnNs = beganNs;
        emptied = false;
        int work = collectAnswers();
        if (pipeline.isStopping()) {
            stopIntake();
        }
        PipelineInstance.Mode mode = pipeline.mode();
        int received = 0;
        if (mode == PipelineInstance.Mode.CLASSIFY || config.pause() != PausePolicy.STOP_READING) {
            received = receive(mode);
        }
        if (shard != null) {
            work += judgeBatch();
            if (isTaken()) {
                return 0;
            }
        }
        work += received;
        if (config.deadlineNs() > 0) {
            work += expire();
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
        batchSize = 0;
        if (budget != null && budget.isSpent()) {
            return receiveBeyondLimit();
        }
        int limit = BATCH;
        if (!refusing && mode == PipelineInstance.Mode.CLASSIFY) {
            limit = Math.min(BATCH, out.room());
            if (limit <= 0) {
                return 0;
            }
        }
        int received = budget == null ? take(limit) : takeWithinBudget(limit);
        if (received == 0) {
            return 0;
        }
        countReceived(received);
        if (isForPause(mode, received)) {
            decideBatch(received, config.pause() == PausePolicy.DROP ? Verdict.DROP : Verdict.ACCEPT, Cause.PAUSED);
        } else {
            admitBatch(received);
        }
        return received;
    }

    /**
     * Whether a batch falls into a pause. What was sent after a call to pause or resume had returned is treated as that
     * call wants, so the mode counts as it is after receiving; the one before said how many packets could be taken.
     */
    private boolean isForPause(PipelineInstance.Mode before, int received) {
        boolean mayClassify = before == PipelineInstance.Mode.CLASSIFY || refusing || received <= out.room();
        boolean mayPass = config.pause() != PausePolicy.STOP_READING;
        return !mayClassify || mayPass && pipeline.mode() != PipelineInstance.Mode.CLASSIFY;
    }

    /** Has the queue fill the batch; 0 when nothing came, or nothing ever will. */
    private int take(int limit) {
        int received;
        try {
            received = queue.receive(batch, limit);
        } catch (WeirException e) {
            pipeline.fail(e); // what was received before is decided in order
            received = CaptureQueue.END;
        }
        if (received == CaptureQueue.END) {
            ended = true;
            return 0;
        }
        if (received > 0) {
            nowNs = clock.nanoTime(); // a packet is never older than what happened before it came
            emptied = received < limit;
        }
        return received;
    }

    private int takeWithinBudget(int limit) {
        int claimed = budget.claim(limit);
        int received = claimed == 0 ? 0 : take(claimed);
        if (budget.settle(claimed, received)) {
            pipeline.limitReached();
        }
        return received;
    }

    /** The limit was reached: what a passive source still has is left there, an inline one must have it back. */
    private int receiveBeyondLimit() {
        if (config.traits().passive()) {
            ended = true;
            return 0;
        }
        int received = take(BATCH);
        countReceived(received);
        decideBatch(received, config.defaultVerdict(), Cause.STOP);
        return received;
    }

    private void countReceived(int received) {
        long bytes = 0;
        for (int i = 0; i < received; i++) {
            bytes += batch[i].wireLength();
        }
        books.received(received, bytes);
    }

    private void decideBatch(int received, Verdict verdict, Cause cause) {
        for (int i = 0; i < received; i++) {
            decideNow(open(batch[i]), verdict, cause);
        }
    }

    private void decideNow(InFlight packet, Verdict verdict, Cause cause) {
        desk.carryOut(packet, verdict, cause, null);
        desk.giveBack(packet);
    }

    private void admitBatch(int received) {
        for (int i = 0; i < received; i++) {
            InFlight packet = open(batch[i]);
            if (refusing && out.isFull()) {
                decideNow(packet, overloadVerdict, Cause.OVERLOAD);
                continue;
            }
            address(packet);
            out.took(packet);
            if (shard != null) {
                if (batchSize < i) {
                    batch[batchSize] = packet.slot;
                }
                batchSize++;
            } else {
                out.list.add(packet);
                WorkerAgent worker = workers[(int) ((packet.tuple.hash >>> 32) * workers.length >>> 32)];
                worker.hand(this, packet);
            }
        }
        if (shard == null) {
            for (WorkerAgent worker : workers) {
                worker.wakeIfHanded(this);
            }
        }
    }

    private InFlight open(Slot slot) {
        InFlight packet = (InFlight) slot.attachment();
        if (packet == null) {
            packet = new InFlight(slot, this);
            slot.attachment(packet);
            if (config.tunnels() == TunnelPolicy.INNERMOST) {
                slot.readInnermost();
            }
        }
        packet.begin(nowNs);
        return packet;
    }

    /** Finds the tuple, so that flow and worker can be found. */
    private void address(InFlight packet) {
        Slot slot = packet.slot;
        Headers headers = slot.headers();
        int sourcePort = headers.sourcePort();
        int destinationPort = headers.destinationPort();
        int protocol = headers.protocol();
        if (headers.isFragment()) {
            int ports = fragments.ports(headers, offline ? slot.timestampNs() : nowNs);
            sourcePort = ports >>> 16;
            destinationPort = ports & 0xffff;
        } else if (protocol == Protocols.ICMP || protocol == Protocols.IPV6_ICMP) {
            sourcePort = Tuple.echoIdentifier(headers, slot.bytes());
            destinationPort = sourcePort;
        }
        packet.tuple.set(headers, sourcePort, destinationPort, seed);
    }

    // ---------------------------------------------------------------------------------------------- judging in place

    private int judgeBatch() {
        long flowNs = offline ? recorded.nowNs() : nowNs;
        ownership.beginJudging();
        int posted = shard.hasControl() ? shard.runControl() : 0;
        if (intakeStopped) {
            shard.stopHolding();
        }
        for (int i = 0; i < batchSize; i++) {
            shard.lookUp((InFlight) batch[i].attachment());
        }
        for (int i = 0; i < batchSize; i++) {
            Slot slot = batch[i];
            if (offline) {
                flowNs = recorded.at(slot.timestampNs());
            }
            shard.process((InFlight) slot.attachment(), flowNs);
            if (isTaken()) {
                return 0; // all others have been decided, and the classifiers are being closed
            }
        }
        shard.flows().sweep(flowNs);
        if (!ownership.endJudging()) {
            return 0;
        }
        return posted + finishJudged();
    }

    /** Carries out what the classifiers decided; how many packets that was. */
    private int finishJudged() {
        for (int i = 0; i < copiedSize; i++) {
            returnMemory(copied[i]);
            copied[i] = null;
        }
        copiedSize = 0;
        if (shard.held() > 0) {
            listHeld();
        }
        int count = leftSize;
        for (int i = 0; i < count; i++) {
            InFlight packet = left[i];
            desk.carryOut(packet);
            finish(packet);
        }
        leftSize = 0;
        batchSize = 0;
        return count;
    }

    private void listHeld() {
        for (int i = 0; i < batchSize; i++) {
            InFlight packet = (InFlight) batch[i].attachment();
            if (packet.isHeld) {
                out.list.add(packet);
            }
        }
    }

    @Override
    public void leave(InFlight packet) {
        if (leftSize == left.length) {
            left = java.util.Arrays.copyOf(left, leftSize * 2);
        }
        left[leftSize++] = packet;
    }

    @Override
    public void detached(InFlight packet) {
        if (copiedSize == copied.length) {
            copied = java.util.Arrays.copyOf(copied, copiedSize * 2);
        }
        copied[copiedSize++] = packet;
    }

    // ---------------------------------------------------------------------------------------------- with workers

    private int collectAnswers() {
        int collected = 0;
        for (WorkerAgent worker : workers) {
            for (InFlight packet = worker.answer(this); packet != null; packet = worker.answer(this)) {
                collected++;
                if (packet.slot.isDetached() && !packet.memoryReturned) {
                    returnMemory(packet); // it is held: this message says no more than that
                    continue;
                }
                if (!packet.decidedByOwner) {
                    desk.carryOut(packet);
                }
                finish(packet);
            }
        }
        return collected;
    }

    /** Gives the default verdict to what has waited too long; the list is in the order of arrival. */
    private int expire() {
        int expired = 0;
        for (InFlight packet = out.list.nextToExpire();
                packet != null && nowNs - packet.receivedNs >= config.deadlineNs();
                packet = out.list.nextToExpire()) {
            if (packet.claim(packet.generation)) {
                desk.carryOut(packet, config.deadlineVerdict(), Cause.DEADLINE, null);
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

    // ---------------------------------------------------------------------------------------------- finishing

    private void returnMemory(InFlight packet) {
        packet.memoryReturned = true;
        queue.detach(packet.slot);
    }

    /** The packet is decided and nobody reads it any more. */
    private void finish(InFlight packet) {
        out.done(packet);
        desk.giveBack(packet);
    }

    // ---------------------------------------------------------------------------------------------- resting

    private void rest(int work) {
        if (work > 0 && !(emptied && sleep.isAtOnce())) {
            sleep.worked();
        } else if (!sleep.spins()) {
            Thread.interrupted(); // a classifier may have left it set: nobody could sleep then
            boolean reading = isReading();
            sleep.sleep(reading, reading ? noLongerReading : readingAgain, sleepNs());
        }
    }

    private boolean isReading() {
        return pipeline.mode() == PipelineInstance.Mode.CLASSIFY
                ? refusing || !out.isFull()
                : config.pause() != PausePolicy.STOP_READING;
    }

    private boolean hasNews() {
        for (WorkerAgent worker : workers) {
            if (worker.hasAnswer(this)) {
                return true;
            }
        }
        return shard != null && shard.hasControl() || pipeline.isStopping() && !intakeStopped;
    }

    private long sleepNs() {
        long sleepNs = SLEEP_NS;
        if (config.deadlineNs() > 0 && out.list.nextToExpire() != null) {
            long dueNs = out.list.nextToExpire().receivedNs + config.deadlineNs() - clock.nanoTime();
            sleepNs = Math.min(sleepNs, Math.max(SHORTEST_SLEEP_NS, dueNs));
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
        if (shard != null) {
            drainShard();
        } else {
            drainWorkers();
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

    private void drainShard() {
        ownership.beginJudging();
        batchSize = 0;
        shard.runControl();
        shard.stopHolding();
        if (ownership.endJudging()) {
            finishJudged();
        }
    }

    private void drainWorkers() {
        while (!out.isEmpty()) {
            int work = collectAnswers();
            if (config.deadlineNs() > 0) {
                nowNs = clock.nanoTime();
                work += expire();
            }
            turnNs = System.nanoTime();
            if (work > 0) {
                queue.flush();
            } else if (pipeline.isOverdue()) {
                abandonWorkers();
                return;
            } else {
                sleep.sleep(false, anyNews, config.systemClock() ? 10_000_000 : MOVED_CLOCK_SLEEP_NS);
            }
        }
    }

    /** The time for an orderly end is over, and the source has not ended, or could not be read to its end. */
    private void endOverdue() {
        if (shard == null) {
            abandonWorkers();
        }
        stopIntake();
        decideRest();
        ended = true;
    }

    /** Decides for workers that do not come back in time; slots that they may still read stay out. */
    private void abandonWorkers() {
        int abandoned = 0;
        for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
            if (packet.claim(packet.generation)) {
                desk.carryOut(packet, config.defaultVerdict(), Cause.STOP, null);
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
            if (collectAnswers() == 0) {
                Thread.yield();
            }
        }
    }

    /**
     * Takes the queue from an owner that is stuck in a classifier, decides what is out, and keeps the slots out. Called
     * by a thread that waits for the end of the pipeline, when that is overdue.
     */
    void takeOver() {
        if (shard == null || !ownership.take()) {
            return; // it will end by itself
        }
        int abandoned = 0;
        try {
            for (int i = 0; i < batchSize; i++) {
                desk.carryOut((InFlight) batch[i].attachment(), config.defaultVerdict(), Cause.STOP, null);
                abandoned++;
            }
            for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
                desk.carryOut(packet, config.defaultVerdict(), Cause.STOP, null);
                abandoned++;
            }
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
                decideNow(open(rest[i]), config.defaultVerdict(), Cause.STOP);
            }
            queue.flush();
        }
    }

    /** Something broke in between: what can still be decided is, by default; the rest is counted as undecided. */
    private void giveUp() {
        ended = true;
        try {
            for (int i = 0; i < leftSize; i++) {
                if (left[i].carriedOut == InFlight.NOT_YET) {
                    desk.carryOut(left[i]);
                }
            }
            for (int i = 0; i < batchSize; i++) {
                InFlight packet = (InFlight) batch[i].attachment();
                if (packet.carriedOut == InFlight.NOT_YET) {
                    desk.carryOut(packet, config.defaultVerdict(), Cause.STOP, null);
                }
            }
            if (shard == null) {
                abandonWorkers();
            } else {
                decideHeld();
            }
            stopIntake();
            decideRest();
            closeBooks();
        } catch (Throwable t) {
            pipeline.errors().report("deciding what was out when a queue failed", t);
        }
        books.closeUndecided();
    }

    private void decideHeld() {
        for (InFlight packet = out.list.oldest(); packet != null; packet = packet.newer) {
            if (packet.carriedOut == InFlight.NOT_YET) {
                desk.carryOut(packet, config.defaultVerdict(), Cause.STOP, null);
            }
        }
    }

    private boolean isTaken() {
        return ownership.isTaken();
    }

    // ---------------------------------------------------------------------------------------------- for the ledger

    /** When the present turn began; an old one with packets in hand means a classifier that does not return. */
    long turnNs() {
        return turnNs;
    }

    boolean isJudging() {
        return ownership.isJudging();
    }
}
