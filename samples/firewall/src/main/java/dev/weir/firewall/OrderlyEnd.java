package dev.weir.firewall;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Has Ctrl-C, and any other polite end of the process, lead traffic away and wait for the books, not cut it off. */
final class OrderlyEnd {
    /** More than the pipeline and the programs that change rules may take. */
    private static final long LONGEST_SECONDS = 30;

    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile int exitCode;

    /** @param end ends it; called when the process is asked to */
    void watch(Runnable end) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> run(end), "orderly-end"));
    }

    /** Everything has been printed. */
    void reached(int code) {
        exitCode = code;
        reached.countDown();
    }

    private void run(Runnable end) {
        end.run();
        try {
            if (reached.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                // Asked to end, it did: no failure, as it would be with the signal's own exit code.
                Runtime.getRuntime().halt(exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
