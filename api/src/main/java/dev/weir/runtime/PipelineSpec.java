package dev.weir.runtime;

import dev.weir.Classifier;
import dev.weir.DecisionListener;
import dev.weir.ErrorPolicy;
import dev.weir.FlowCorrelator;
import dev.weir.FlowLimits;
import dev.weir.NanoClock;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a {@link dev.weir.PipelineBuilder} collected, as the engine gets it; the builder documents each part. Null stands
 * for "not asked for" in {@code deadline}, {@code deadlineVerdict}, {@code offload}, {@code listener}, {@code record},
 * {@code limit} and {@code loader}.
 */
public record PipelineSpec(
        String capture,
        Map<String, String> captureOptions,
        List<ClassifierSource> classifiers,
        List<CorrelatorSource> correlators,
        int workers,
        Duration deadline,
        Verdict deadlineVerdict,
        int inFlightPackets,
        long inFlightBytes,
        OverloadPolicy overload,
        PausePolicy pause,
        ErrorPolicy error,
        Verdict defaultVerdict,
        FlowLimits flows,
        TunnelPolicy tunnels,
        OffloadSource offload,
        boolean advisory,
        DecisionListener listener,
        Path record,
        Long limit,
        NanoClock clock,
        boolean busyPoll,
        int[] cpus,
        Duration closeTimeout,
        ClassLoader loader) {
    /**
     * A classifier by name, or by factory.
     *
     * @param name the plug-in's name, or null when there is a factory
     * @param options the plug-in's options
     * @param factory makes an instance, or null when there is a name
     * @param shared true when all workers share what the factory gives
     */
    public record ClassifierSource(
            String name, Map<String, String> options, Supplier<? extends Classifier> factory, boolean shared) {}

    /**
     * A correlator by name, or as it is.
     *
     * @param name the correlator's name, or null when there is an instance
     * @param options the correlator's options
     * @param instance the correlator, or null when there is a name
     */
    public record CorrelatorSource(String name, Map<String, String> options, FlowCorrelator instance) {}

    /**
     * A kernel filter that carries out verdicts for flows.
     *
     * @param name as the user wrote it
     * @param options beside those in the name
     */
    public record OffloadSource(String name, Map<String, String> options) {}
}
