package dev.weir.linux;

import java.lang.ref.Reference;

/** How the kernel's scheduler treats the calling thread. */
public final class Scheduling {
    // linux/sched.h
    private static final int SCHED_NORMAL = 0;
    private static final int SCHED_BATCH = 3;

    /** struct sched_param: the priority, 0 for all but threads of real time. */
    private static final int PARAM_BYTES = Integer.BYTES;

    private static final int CALLING_THREAD = 0;

    private Scheduling() {}

    /**
     * From now on the calling thread takes the processor from nobody when it wakes up (SCHED_BATCH): it waits until one is
     * free, or its turn has come. Its share stays the same. The same holds for threads that it starts. Needs no right.
     *
     * @return false where the kernel refuses, or somebody gave the thread a policy, which it keeps
     */
    public static boolean preemptNobody() {
        Libc.require();
        if (Libc.sched_getscheduler(CALLING_THREAD) != SCHED_NORMAL) {
            return preemptsNobody();
        }
        NativeBuffer param = NativeBuffer.allocate(PARAM_BYTES);
        int result = Libc.sched_setscheduler(CALLING_THREAD, SCHED_BATCH, param.address());
        Reference.reachabilityFence(param);
        return result == 0;
    }

    /** True for a calling thread that takes the processor from nobody. */
    public static boolean preemptsNobody() {
        Libc.require();
        return Libc.sched_getscheduler(CALLING_THREAD) == SCHED_BATCH;
    }
}
