package dev.weir;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Brings packets from a capture to classifiers and carries out their verdicts. Made with {@link #from}; a pipeline is
 * an instance of its own and shares nothing with others in the same JVM.
 *
 * <pre>{@code
 * try (Pipeline pipeline = Pipeline.from("afpacket:eth0")
 *         .advisory()
 *         .classify((packet, flow) -> packet.headers().destinationPort() == 23 ? Verdict.DROP : Verdict.CONTINUE)
 *         .open()) {
 *     pipeline.run();
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread.
 */
public interface Pipeline extends AutoCloseable {
    /** Begins a pipeline on a capture named {@code backend:what?option=value&…}. */
    static PipelineBuilder from(String capture) {
        return from(capture, Map.of());
    }

    /** As {@link #from(String)} with capture options given as they are, without escapes. */
    static PipelineBuilder from(String capture, Map<String, String> options) {
        return new PipelineBuilder(capture, options);
    }

    /** Where a pipeline stands. */
    enum State {
        /** Open: the capture is attached, nothing is read yet. */
        OPEN,
        RUNNING,
        PAUSED,
        /** No new packets are taken; what is held is being decided. */
        STOPPING,
        /** Ended in order: by {@link #stop()}, or because the capture came to its end. */
        ENDED,
        /** Ended because the capture failed; {@link #run()} throws the cause. */
        FAILED
    }

    /**
     * Runs until the capture ends or fails, or another thread stops the pipeline; starts it when it is not running.
     *
     * <p>An interrupt stops the pipeline; it returns with the thread's interrupt status set. When the pipeline has ended
     * already it returns at once.
     *
     * @throws WeirException when the capture failed; everything received before has been decided
     */
    void run();

    /** Starts the threads and returns. A pipeline is started once. */
    void start();

    /**
     * Waits for the end.
     *
     * @return true when the pipeline has ended, false when the time ran out
     * @throws InterruptedException when the caller is interrupted; the pipeline goes on
     */
    boolean await(Duration timeout) throws InterruptedException;

    /** Stops classifying; what traffic does meanwhile was chosen with {@link PipelineBuilder#whilePaused}. */
    void pause();

    /** Goes on after {@link #pause()}. */
    void resume();

    /**
     * Ends in order: takes what the source has still queued for us, decides everything held with the default verdict,
     * flushes, detaches. Returns when that is done; where a classifier does not return, two or three seconds after the
     * builder's {@link PipelineBuilder#closeTimeout} at the latest. Called by a classifier or a listener, it only asks
     * for the end.
     */
    void stop();

    /** {@link #stop()}, if that is still to be done, then gives everything back. Called twice, it does nothing. */
    @Override
    void close();

    /** Where it stands. */
    State state();

    /** The books, as of now. Allocates. */
    Ledger ledger();

    /**
     * The verdicts that take effect; empty where they are advice, as on a capture of copies. Of those that a capture is too
     * weak for, a rejected packet is dropped, a marked one passes unmarked, and any other is decided as when a classifier
     * throws; each kind is reported once, when it first comes up.
     */
    Set<Verdict.Kind> carriesOut();

    /**
     * What decides for this pipeline in the kernel: that of {@link PipelineBuilder#offload}, or the capture's own. It is
     * the pipeline's to close.
     */
    Optional<KernelFilter> kernelFilter();

    /** What was asked for, what was got, and why: capture, threads, bounds, in lines for people. */
    String explain();
}
