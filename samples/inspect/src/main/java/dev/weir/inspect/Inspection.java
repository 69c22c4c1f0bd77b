package dev.weir.inspect;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.WeirException;
import java.time.Duration;

/** Runs a pipeline under a view until the capture ends, the time is over, or somebody has seen enough. */
final class Inspection {
    private static final Duration TICK = Duration.ofMillis(250);

    private final Pipeline pipeline;
    private final View view;
    private final Output output;
    private final Progress progress;

    /** @param progress what tells of a long file, or null */
    Inspection(Pipeline pipeline, View view, Output output, Progress progress) {
        this.pipeline = pipeline;
        this.view = view;
        this.output = output;
        this.progress = progress;
    }

    /**
     * Runs it to its end; what was seen has been shown when this returns.
     *
     * @param time at most so long, or null
     * @return null, or why the capture failed
     */
    WeirException run(Duration time) {
        long startedNs = System.nanoTime();
        long longestNs = time == null ? Long.MAX_VALUE : time.toNanos();
        pipeline.start();
        try {
            long leftNs = longestNs;
            while (!pipeline.await(leftNs < TICK.toNanos() ? Duration.ofNanos(leftNs) : TICK)) {
                Ledger ledger = pipeline.ledger();
                view.refresh(ledger);
                if (progress != null) {
                    progress.refresh(ledger);
                }
                leftNs = longestNs - (System.nanoTime() - startedNs);
                if (output.failure() != null || leftNs <= 0) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pipeline.stop();
        if (progress != null) {
            progress.finish();
        }
        view.finish();
        return failure();
    }

    private WeirException failure() {
        if (pipeline.state() != Pipeline.State.FAILED) {
            return null;
        }
        try {
            pipeline.run(); // has ended, and says why
            return null;
        } catch (WeirException e) {
            return e;
        }
    }
}
