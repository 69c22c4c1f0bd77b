package dev.weir.engine;

import dev.weir.Classifier;
import dev.weir.spi.CaptureSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What a pipeline is made of; filled while it is opened, then fixed. */
final class PipelineParts {
    CaptureSource source;
    final List<QueueAgent> agents = new ArrayList<>();
    final List<WorkerAgent> workers = new ArrayList<>();
    final List<FlowShard> shards = new ArrayList<>();

    /** Every instance once, however many shards share it. */
    final Set<Classifier> classifiers = Collections.newSetFromMap(new IdentityHashMap<>());

    CorrelationAgent correlation;
    ListenerAgent listener;
    RecorderAgent recorder;
    OffloadAgent offload;

    /** Has the helper threads end; they do what is left first. */
    void endHelpers() {
        if (correlation != null) {
            correlation.end();
        }
        if (listener != null) {
            listener.end();
        }
        if (recorder != null) {
            recorder.end();
        }
        if (offload != null) {
            offload.end();
        }
    }

    /** For a pipeline that never had threads: closes what they would have closed. */
    void discardHelpers() {
        if (correlation != null) {
            correlation.closeCorrelators();
        }
        if (recorder != null) {
            recorder.discard();
        }
        if (offload != null) {
            offload.closeFilter();
        }
    }

    void closeClassifiers(ErrorLog errors) {
        for (Classifier classifier : classifiers) {
            try {
                classifier.close();
            } catch (Throwable t) {
                errors.report("closing " + classifier.getClass().getName(), t);
            }
        }
    }
}
