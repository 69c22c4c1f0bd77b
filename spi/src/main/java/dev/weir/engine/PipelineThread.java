package dev.weir.engine;

/**
 * A thread of a pipeline: a daemon, so that a classifier that never returns does not keep the process. Knowing its
 * pipeline, a classifier that stops it from within is not made to wait for itself.
 */
final class PipelineThread extends Thread {
    private final PipelineInstance pipeline;

    PipelineThread(PipelineInstance pipeline, String role, Runnable body) {
        super(body, "weir " + pipeline.name() + " " + role);
        this.pipeline = pipeline;
        setDaemon(true);
    }

    static boolean isOf(PipelineInstance pipeline) {
        return Thread.currentThread() instanceof PipelineThread thread && thread.pipeline == pipeline;
    }
}
