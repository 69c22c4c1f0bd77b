package dev.weir.engine;

import dev.weir.Attribution;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.NanoClock;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
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
    private final MpscVarHandleArrayQueue<Object> news = new MpscVarHandleArrayQueue<>(WAITING_MAX);
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

    /** A flow that ended; told so that correlators can forget it. */
    private record Ended(FlowKey key) {}

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
        if (news.offer(new Ended(flow.key()))) {
            wake();
        }
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
            if (takeNews() + askDue() == 0) {
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
        for (Object what = news.poll(); what != null; what = taken < BATCH ? news.poll() : null) {
            taken++;
            if (what instanceof FlowEntry flow) {
                Question question = new Question(flow, clock.nanoTime());
                question.dueNs = question.bornNs;
                later.add(question);
            } else if (what instanceof Ended ended) {
                tellEnd(ended.key());
            }
        }
        return taken;
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
            if (question.flow.attribution().certainty() != Attribution.Certainty.CERTAIN) {
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
            if (again && question.flow.attribution().certainty() != Attribution.Certainty.CERTAIN) {
                question.dueNs = question.bornNs + ASK_AT_NS[question.attempt];
                later.add(question);
            }
        }
        int asked = due.size();
        due.clear();
        return asked;
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
        if (news.isEmpty() && !ending) {
            LockSupport.parkNanos(this, systemClock ? sleepNs : Math.min(sleepNs, MOVED_CLOCK_SLEEP_NS));
        }
        sleeping = false;
    }
}
