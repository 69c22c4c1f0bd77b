package dev.weir.pipeline;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;

/** Processor time of some threads since it was made. */
final class CpuTime {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long[] threads;
    private final long startNs;

    CpuTime(Collection<Long> threads) {
        this.threads = threads.stream().mapToLong(Long::longValue).toArray();
        startNs = sumNs();
    }

    long usedNs() {
        return sumNs() - startNs;
    }

    private long sumNs() {
        long sum = 0;
        for (long thread : threads) {
            sum += Math.max(0, THREADS.getThreadCpuTime(thread));
        }
        return sum;
    }
}
