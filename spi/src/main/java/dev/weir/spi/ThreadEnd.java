package dev.weir.spi;

/** The end of a thread that somebody who closes something has to see. */
public final class ThreadEnd {
    private static final long JOIN_MILLIS = 50;

    private ThreadEnd() {}

    /**
     * Waits for the end of a thread. An interrupt does not shorten that; it is kept for the caller.
     *
     * @param untilNs at most until then, by {@link System#nanoTime()}
     */
    public static void await(Thread thread, long untilNs) {
        boolean interrupted = false;
        while (thread.isAlive() && System.nanoTime() - untilNs < 0) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
