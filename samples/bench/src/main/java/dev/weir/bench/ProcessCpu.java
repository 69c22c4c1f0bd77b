package dev.weir.bench;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * CPU time of this process from getrusage(2), exact to the microsecond, without that of the calling thread: it measures
 * and is not measured. The JVM's own bean counts in ticks of 10 ms, which is a million packets of a good receiver.
 */
final class ProcessCpu {
    static {
        Native.register(ProcessCpu.class, "c");
    }

    /** {@code struct rusage} of a 64-bit system: two timevals, then 14 longs. */
    private static final int RUSAGE_BYTES = 2 * 16 + 14 * 8;

    private static final int RU_UTIME_OFFSET = 0;
    private static final int RU_STIME_OFFSET = 16;
    private static final int TV_USEC_OFFSET = 8;
    private static final int RUSAGE_SELF = 0;
    private static final int RUSAGE_THREAD = 1;

    final long userNs;
    final long sysNs;

    private ProcessCpu(long userNs, long sysNs) {
        this.userNs = userNs;
        this.sysNs = sysNs;
    }

    static ProcessCpu ofOtherThreads() {
        ProcessCpu process = of(RUSAGE_SELF);
        ProcessCpu thread = of(RUSAGE_THREAD);
        return new ProcessCpu(process.userNs - thread.userNs, process.sysNs - thread.sysNs);
    }

    private static ProcessCpu of(int who) {
        try (Memory usage = new Memory(RUSAGE_BYTES)) {
            if (getrusage(who, usage) != 0) {
                throw new IllegalStateException("getrusage: errno " + Native.getLastError());
            }
            return new ProcessCpu(timevalNs(usage, RU_UTIME_OFFSET), timevalNs(usage, RU_STIME_OFFSET));
        }
    }

    private static long timevalNs(Memory usage, int offset) {
        return usage.getLong(offset) * 1_000_000_000L + usage.getLong(offset + TV_USEC_OFFSET) * 1_000L;
    }

    private static native int getrusage(int who, Pointer usage);
}
