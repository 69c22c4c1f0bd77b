package dev.weir.linux;

import dev.weir.WeirException;
import java.lang.ref.Reference;
import java.util.BitSet;

/** Which processors the calling thread may run on. */
public final class CpuAffinity {
    /** Room for 8,192 processors, the largest CONFIG_NR_CPUS of a distribution. */
    private static final int MASK_BYTES = 1024;

    private static final int CALLING_THREAD = 0;

    private CpuAffinity() {}

    public static BitSet allowed() {
        Libc.require();
        NativeBuffer mask = NativeBuffer.allocate(MASK_BYTES);
        Libc.check(Libc.sched_getaffinity(CALLING_THREAD, MASK_BYTES, mask.address()), "sched_getaffinity");
        BitSet processors = new BitSet();
        for (int cpu = 0; cpu < MASK_BYTES * Byte.SIZE; cpu++) {
            if ((mask.bytes().getLong(cpu / Long.SIZE * Long.BYTES) >>> cpu % Long.SIZE & 1) != 0) {
                processors.set(cpu);
            }
        }
        return processors;
    }

    /** @throws WeirException when none of the processors exists or is allowed by the cgroup */
    public static void restrict(BitSet processors) {
        Libc.require();
        if (processors.length() > MASK_BYTES * Byte.SIZE) {
            throw new WeirException("there is no processor " + (processors.length() - 1));
        }
        NativeBuffer mask = NativeBuffer.allocate(MASK_BYTES);
        long[] words = processors.toLongArray();
        for (int i = 0; i < words.length; i++) {
            mask.bytes().putLong(i * Long.BYTES, words[i]);
        }
        int result = Libc.sched_setaffinity(CALLING_THREAD, MASK_BYTES, mask.address());
        int errno = result < 0 ? Libc.errno() : 0;
        Reference.reachabilityFence(mask);
        if (errno == Errno.EINVAL) {
            throw new WeirException("this thread cannot be pinned to processors " + processors
                    + ": none of them is there; it may run on " + allowed());
        }
        if (errno != 0) {
            throw new LinuxException("sched_setaffinity", errno);
        }
    }

    /** Binds the calling thread to one processor, counted from 0. */
    public static void pin(int cpu) {
        BitSet one = new BitSet();
        one.set(cpu);
        restrict(one);
    }
}
