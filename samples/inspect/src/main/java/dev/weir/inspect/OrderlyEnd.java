package dev.weir.inspect;

import dev.weir.Pipeline;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Has Ctrl-C (and any other polite end of the process) stop the pipeline and wait until everything has been shown,
 * instead of cutting the program off.
 */
final class OrderlyEnd {
    /** More than the pipeline may take to close. */
    private static final long LONGEST_SECONDS = 10;

    private final CountDownLatch reached = new CountDownLatch(1);
    private volatile Pipeline pipeline;
    private volatile int exitCode;

    /** Takes care of a pipeline from now on. */
    void watch(Pipeline opened) {
        pipeline = opened;
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "orderly-end"));
    }

    /** Everything has been shown. */
    void reached(int code) {
        exitCode = code;
        reached.countDown();
    }

    private void end() {
        pipeline.stop();
        try {
            if (reached.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                // Ending a capture with Ctrl-C is no failure, as it would be with the signal's own exit code.
                Runtime.getRuntime().halt(exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
