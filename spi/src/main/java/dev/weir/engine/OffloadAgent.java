package dev.weir.engine;

import dev.weir.KernelFilter;
import dev.weir.KernelFilter.Count;
import dev.weir.KernelOutcome;
import dev.weir.Verdict;
import dev.weir.spi.FlowOffload;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Brings verdicts for flows into the kernel, on a thread of its own. The shards only put decided flows into a bounded
 * queue; a verdict that does not get through stays with the flow, whose packets then keep coming to Java.
 */
final class OffloadAgent implements Runnable {
    private static final int WAITING_MAX = 65_536;
    private static final int BATCH = 1024;
    private static final long EXPIRE_NS = 1_000_000_000L;

    private final FlowOffload filter;
    private final String name;
    private final ErrorLog errors;
    private final Set<Verdict.Kind> carriesOut;
    private final MpscVarHandleArrayQueue<FlowEntry> decided = new MpscVarHandleArrayQueue<>(WAITING_MAX);
    private final List<FlowEntry> batch = new ArrayList<>();
    private final AtomicLong refused = new AtomicLong();
    private long expiredNs = System.nanoTime();
    private Map<KernelOutcome, Long> last;
    private boolean closed;
    private volatile boolean ending;
    private volatile boolean sleeping;
    private volatile Thread thread;

    /** @param carriesOut of the verdicts that the filter can carry out, those that it is to */
    OffloadAgent(FlowOffload filter, Set<Verdict.Kind> carriesOut, String name, ErrorLog errors) {
        this.filter = filter;
        this.name = name;
        this.errors = errors;
        this.carriesOut = carriesOut;
    }

    /** Takes a flow that has a verdict. Any shard's thread; allocates nothing. */
    void flowDecided(FlowEntry flow) {
        if (!carriesOut.contains(flow.verdict().kind())) {
            return;
        }
        if (!decided.offer(flow)) {
            refused.incrementAndGet();
            return;
        }
        VarHandle.fullFence(); // the offer before the look at the flag, as the sleeper sets it before it looks
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    void end() {
        ending = true;
        LockSupport.unpark(thread);
    }

    KernelFilter filter() {
        return filter;
    }

    List<String> explain() {
        List<String> lines = new ArrayList<>();
        lines.add("in the kernel, " + name + ": "
                + (carriesOut.isEmpty() ? "no flow verdicts" : "flow verdicts " + carriesOut) + ", blocklist");
        filter.explain().lines().forEach(lines::add);
        if (refused.get() > 0) {
            lines.add(refused + " flow verdicts had no room in the kernel: their packets keep coming here");
        }
        return lines;
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        while (!ending) {
            try {
                int taken = install();
                expire();
                if (taken == 0) {
                    sleep();
                }
            } catch (Throwable t) {
                errors.report("flow verdicts in the kernel, " + name, t);
                LockSupport.parkNanos(this, EXPIRE_NS);
            }
        }
        closeFilter();
    }

    private int install() {
        batch.clear();
        decided.drain(batch::add, BATCH);
        for (FlowEntry flow : batch) {
            if (filter.install(flow.key(), flow.verdict().kind())) {
                // Before it is in force: from then on what comes here may be a new connection.
                flow.inKernel = true;
            } else {
                refused.incrementAndGet();
            }
        }
        if (!batch.isEmpty()) {
            refused.addAndGet(filter.flush());
        }
        return batch.size();
    }

    private void expire() {
        long nowNs = System.nanoTime();
        if (nowNs - expiredNs > EXPIRE_NS) {
            expiredNs = nowNs;
            filter.expire();
        }
    }

    private void sleep() {
        sleeping = true;
        if (decided.isEmpty() && !ending) {
            LockSupport.parkNanos(this, EXPIRE_NS);
        }
        sleeping = false;
    }

    /** What the kernel did so far; after the end, what it had done until then. */
    synchronized Map<KernelOutcome, Long> counts() {
        if (closed) {
            return last;
        }
        Map<KernelOutcome, Long> packets = new EnumMap<>(KernelOutcome.class);
        Map<KernelOutcome, Count> counts = filter.counts();
        counts.forEach((outcome, count) -> packets.put(outcome, count.packets()));
        return Map.copyOf(packets);
    }

    synchronized void closeFilter() {
        if (closed) {
            return;
        }
        try {
            last = counts();
            filter.close();
        } catch (Throwable t) {
            errors.report("closing " + name, t);
            last = last == null ? Map.of() : last;
        }
        closed = true;
    }
}
