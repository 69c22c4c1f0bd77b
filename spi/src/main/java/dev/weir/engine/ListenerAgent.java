package dev.weir.engine;

import dev.weir.DecisionListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells a listener of decisions, on a thread of its own, which looks for them every millisecond, less
 * often when there are none: ringing for it would cost the pipeline more.
 */
final class ListenerAgent implements Runnable {
    private static final int BATCH = 256;
    private static final long SHORTEST_SLEEP_NS = 1_000_000;
    private static final long LONGEST_SLEEP_NS = 32_000_000;

    private final DecisionListener listener;
    private final ErrorLog errors;
    private final List<DecisionSpool> spools = new ArrayList<>();
    private volatile boolean ending;

    ListenerAgent(DecisionListener listener, ErrorLog errors) {
        this.listener = listener;
        this.errors = errors;
    }

    /** A spool for one queue agent; before the threads start. */
    DecisionSpool spool() {
        DecisionSpool spool = new DecisionSpool();
        spools.add(spool);
        return spool;
    }

    /** Has the thread end when everything told so far has been heard. */
    void end() {
        ending = true;
    }

    long missed() {
        return spools.stream().mapToLong(DecisionSpool::missed).sum();
    }

    @Override
    public void run() {
        long sleepNs = SHORTEST_SLEEP_NS;
        while (true) {
            boolean last = ending;
            int told = 0;
            for (DecisionSpool spool : spools) {
                told += tell(spool);
            }
            if (told == 0) {
                if (last) {
                    return;
                }
                LockSupport.parkNanos(this, sleepNs);
                sleepNs = Math.min(sleepNs * 2, LONGEST_SLEEP_NS);
            } else {
                sleepNs = SHORTEST_SLEEP_NS;
            }
        }
    }

    private int tell(DecisionSpool spool) {
        int told = 0;
        for (DecisionSpool.Entry entry = spool.take(); entry != null; entry = told < BATCH ? spool.take() : null) {
            told++;
            try {
                listener.decided(entry);
            } catch (Throwable t) {
                errors.report("the decision listener", t);
            }
            spool.giveBack(entry);
        }
        return told;
    }
}
