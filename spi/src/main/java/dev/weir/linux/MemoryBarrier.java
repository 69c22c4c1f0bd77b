package dev.weir.linux;

/**
 * A memory barrier on every running thread at once, made by one: membarrier(2), MEMBARRIER_CMD_GLOBAL of
 * {@code linux/membarrier.h} (kernel 4.3). Who asks seldom pays for it, 10 to 50 ms, so that who is asked all the time gets by
 * without a barrier of its own.
 */
public final class MemoryBarrier {
    private static final int MEMBARRIER_CMD_QUERY = 0;
    private static final int MEMBARRIER_CMD_GLOBAL = 1;
    private static final long SYS_MEMBARRIER = "aarch64".equals(System.getProperty("os.arch")) ? 283 : 324;

    private static final boolean AVAILABLE = query();

    private MemoryBarrier() {}

    private static boolean query() {
        if (!Libc.isBound()) {
            return false;
        }
        long commands = Libc.syscall(SYS_MEMBARRIER, MEMBARRIER_CMD_QUERY, 0, 0);
        return commands > 0 && (commands & MEMBARRIER_CMD_GLOBAL) != 0;
    }

    /** False on other systems, in a sandbox that forbids it, and where processors run without a tick (nohz_full). */
    public static boolean isAvailable() {
        return AVAILABLE;
    }

    /**
     * Returns when every thread that was running has passed a full barrier: what each had stored before is seen by this one,
     * and what this one had stored is seen by what each loads afterwards.
     *
     * @throws LinuxException when it is not {@linkplain #isAvailable() available}
     */
    public static void onEveryThread() {
        Libc.require();
        if (Libc.syscall(SYS_MEMBARRIER, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0) {
            throw new LinuxException("membarrier", Libc.errno());
        }
    }
}
