package dev.weir.fuzz;

import com.sun.management.ThreadMXBean;
import dev.weir.packet.Bytes;
import java.lang.management.ManagementFactory;

/**
 * Has a target read inputs, and throws when it takes too long or allocates too much. What is over a limit is read again
 * until it is below once: the first time pays for loading and compiling, and a busy machine for others. One thread.
 */
final class Examination {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int MIN_ATTEMPTS = 20;
    private static final int MAX_ATTEMPTS = 20_000;
    private static final long PATIENCE_NS = 1_000_000_000;

    /** What guides the fuzzer slows what it watches, and allocates for each switch. */
    private static final int INSTRUMENTED_SLOWDOWN = 5;

    private final FuzzTarget target;
    private final boolean instrumented;
    private final Bytes input = new Bytes();

    private Examination(FuzzTarget target, boolean instrumented) {
        this.target = target;
        this.instrumented = instrumented;
    }

    /** Of the code as it is. */
    static Examination of(FuzzTarget target) {
        return new Examination(target, false);
    }

    /** Of code that the fuzzer watches: allocations are not looked at, and time is less strict. */
    static Examination ofInstrumented(FuzzTarget target) {
        return new Examination(target, true);
    }

    /** The target did not throw, but was not good either. */
    static final class LimitExceeded extends RuntimeException {
        private static final long serialVersionUID = 1;

        LimitExceeded(String message) {
            super(message);
        }
    }

    void read(byte[] bytes) throws Exception {
        input.wrap(java.nio.ByteBuffer.wrap(bytes), 0, bytes.length);
        long timeLimitNs = target.timeLimitNs(bytes.length) * (instrumented ? INSTRUMENTED_SLOWDOWN : 1);
        long allocationLimitBytes = instrumented ? Long.MAX_VALUE : target.allocationLimitBytes(bytes.length);
        long beginNs = System.nanoTime();
        long shortestNs = Long.MAX_VALUE;
        long leastBytes = Long.MAX_VALUE;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
            long startNs = System.nanoTime();
            target.read(input);
            long endNs = System.nanoTime();
            shortestNs = Math.min(shortestNs, endNs - startNs);
            leastBytes = Math.min(leastBytes, THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore);
            boolean good = shortestNs <= timeLimitNs && leastBytes <= allocationLimitBytes;
            if (good || attempt >= MIN_ATTEMPTS && endNs - beginNs > PATIENCE_NS) {
                break;
            }
        }
        if (shortestNs > timeLimitNs) {
            throw new LimitExceeded(target.name() + " takes " + shortestNs + " ns for " + bytes.length
                    + " bytes, more than " + timeLimitNs);
        }
        if (leastBytes > allocationLimitBytes) {
            throw new LimitExceeded(target.name() + " allocates " + leastBytes + " bytes for " + bytes.length
                    + " bytes, more than " + allocationLimitBytes);
        }
    }
}
