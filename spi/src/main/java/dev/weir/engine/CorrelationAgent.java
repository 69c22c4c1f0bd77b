package dev.weir.engine;

import dev.weir.Attribution;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.NanoClock;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Asks the correlators about new flows, on a thread of its own, and again while a flow is young and its owner unknown. The
 * shards only put flows into a bounded queue; when that is full a flow stays unknown, and its attribution says so.
 */
final class CorrelationAgent implements Runnable {
    /** How old a flow is, at least, when it is asked about for the first, second, … time. */
    private static final long[] ASK_AT_NS = {0, 5_000_000, 20_000_000, 80_000_000, 320_000_000, 1_280_000_000};

    private static final int WAITING_MAX = 65_536;
    private static final int BATCH = 256;
    private static final long SLEEP_NS = 100_000_000;
    private static final long MOVED_CLOCK_SLEEP_NS = 1_000_000;

    private final List<FlowCorrelator> correlators;
    private final NanoClock clock;
    private final boolean systemClock;
    private final ErrorLog errors;
    private final MpscVarHandleArrayQueue<FlowEntry> news = new MpscVarHandleArrayQueue<>(WAITING_MAX);

    /** Flows that ended. It needs no bound: only flows that were taken as news come here, each once. */
    private final Queue<FlowEntry> ended = new MpscUnboundedVarHandleArrayQueue<>(256);

    /** Of these, those whose first question is still to be asked. */
    private final List<FlowEntry> endedUntold = new ArrayList<>();

    private final PriorityQueue<Question> later = new PriorityQueue<>();
    private final List<Question> due = new ArrayList<>();
    private final AtomicLong attributions = new AtomicLong();
    private final AtomicLong contradictions = new AtomicLong();
    private volatile boolean ending;
    private volatile boolean sleeping;
    private volatile Thread thread;

    CorrelationAgent(List<FlowCorrelator> correlators, NanoClock clock, boolean systemClock, ErrorLog errors) {
        this.correlators = correlators;
        this.clock = clock;
        this.systemClock = systemClock;
        this.errors = errors;
    }

    /** One flow to ask about. */
    private final class Question implements FlowCorrelator.Question, Comparable<Question> {
        private final FlowEntry flow;
        private final long bornNs;
        private int attempt;
        private long dueNs;

        Question(FlowEntry flow, long bornNs) {
            this.flow = flow;
            this.bornNs = bornNs;
        }

        @Override
        public FlowKey key() {
            return flow.key();
        }

        @Override
        public long flowId() {
            return flow.id();
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public long ageNs() {
            return clock.nanoTime() - bornNs;
        }

        @Override
        public void answer(Attribution attribution) {
            if (!flow.attribute(attribution)) {
                contradictions.incrementAndGet();
                return;
            }
            attributions.incrementAndGet();
            flow.resumption().reconsider();
        }

        @Override
        public int compareTo(Question other) {
            return Long.signum(dueNs - other.dueNs);
        }
    }

    // ---------------------------------------------------------------------------------------------- for shards

    void flowStarted(FlowEntry flow) {
        if (!flow.isIp()) {
            return;
        }
        flow.asked = true;
        if (news.offer(flow)) {
            wake();
        } else {
            flow.asked = false;
            flow.attribute(Attribution.unknown("", "too many new flows at once: the correlator was not asked"));
        }
    }

    void flowEnded(FlowEntry flow) {
        ended.offer(flow);
        wake();
    }

    private void wake() {
        VarHandle.fullFence(); // the offer before the look at the flag, as the sleeper sets it before it looks
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    void end() {
        ending = true;
        LockSupport.unpark(thread);
    }

    long attributions() {
        return attributions.get();
    }

    long contradictions() {
        return contradictions.get();
    }

    // ---------------------------------------------------------------------------------------------- the loop

    @Override
    public void run() {
        thread = Thread.currentThread();
        while (!ending) {
            if (takeNews() + askDue() + tellEnds() == 0) {
                sleep();
            }
        }
        closeCorrelators();
    }

    void closeCorrelators() {
        for (FlowCorrelator correlator : correlators) {
            try {
                correlator.close();
            } catch (Throwable t) {
                errors.report("closing a correlator", t);
            }
        }
    }

    private int takeNews() {
        int taken = 0;
        for (FlowEntry flow = news.poll(); flow != null; flow = taken < BATCH ? news.poll() : null) {
            taken++;
            Question question = new Question(flow, clock.nanoTime());
            question.dueNs = question.bornNs;
            later.add(question);
        }
        return taken;
    }

    /** A correlator forgets a flow when it is told of its end: so that comes after the flow's last question. */
    private int tellEnds() {
        int told = 0;
        for (FlowEntry flow = ended.poll(); flow != null; flow = told < BATCH ? ended.poll() : null) {
            told++;
            endedUntold.add(flow);
        }
        endedUntold.removeIf(flow -> {
            if (flow.questioned) {
                tellEnd(flow.key());
            }
            return flow.questioned;
        });
        return told;
    }

    private void tellEnd(FlowKey key) {
        for (FlowCorrelator correlator : correlators) {
            try {
                correlator.flowEnded(key);
            } catch (Throwable t) {
                errors.report("flowEnded of a correlator", t);
            }
        }
    }

    private int askDue() {
        long nowNs = clock.nanoTime();
        due.clear();
        while (!later.isEmpty() && later.peek().dueNs <= nowNs && due.size() < BATCH) {
            Question question = later.poll();
            boolean first = !question.flow.questioned;
            if (first || !question.flow.ended && !isCertain(question.flow)) {
                question.flow.questioned = true;
                question.attempt++;
                due.add(question);
            }
        }
        if (due.isEmpty()) {
            return 0;
        }
        for (FlowCorrelator correlator : correlators) {
            try {
                correlator.correlate(due);
            } catch (Throwable t) {
                errors.report("correlator " + correlator.getClass().getName(), t);
            }
        }
        for (Question question : due) {
            boolean again = question.attempt < ASK_AT_NS.length && !question.flow.ended;
            if (again && !isCertain(question.flow)) {
                question.dueNs = question.bornNs + ASK_AT_NS[question.attempt];
                later.add(question);
            }
        }
        int asked = due.size();
        due.clear();
        return asked;
    }

    private static boolean isCertain(FlowEntry flow) {
        return flow.attribution().certainty() == Attribution.Certainty.CERTAIN;
    }

    private void sleep() {
        long sleepNs = SLEEP_NS;
        if (!later.isEmpty()) {
            sleepNs = Math.min(sleepNs, later.peek().dueNs - clock.nanoTime());
            if (sleepNs <= 0) {
                return;
            }
        }
        sleeping = true;
        if (news.isEmpty() && ended.isEmpty() && !ending) {
            LockSupport.parkNanos(this, systemClock ? sleepNs : Math.min(sleepNs, MOVED_CLOCK_SLEEP_NS));
        }
        sleeping = false;
    }
}
