package dev.weir.engine;

import dev.weir.Capture;
import dev.weir.Classifier;
import dev.weir.FlowCorrelator;
import dev.weir.KernelFilter;
import dev.weir.Pipeline;
import dev.weir.Transmitter;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.runtime.PipelineSpec;
import dev.weir.runtime.WeirRuntime;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.FlowOffload;
import dev.weir.spi.FlowOffloadProvider;
import dev.weir.spi.FlowOffloadRequest;
import dev.weir.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts pipelines together. The service that the api finds. */
public final class Engine implements WeirRuntime {
    private static final int STANDALONE_PACKETS = 4096;
    private static final long STANDALONE_BYTES = 64L << 20;

    /** For {@link java.util.ServiceLoader}. */
    public Engine() {}

    @Override
    public Pipeline openPipeline(PipelineSpec spec) {
        if (spec.deadline() != null && spec.workers() == 0) {
            throw new WeirException("a deadline needs workers: a thread that classifies in place cannot keep one;"
                    + " add .workers(1) or leave the deadline out");
        }
        Providers providers = new Providers(spec.loader());
        CaptureSource source =
                open(providers, spec.capture(), spec.captureOptions(), spec.inFlightPackets(), spec.inFlightBytes());
        PipelineParts parts = null;
        try {
            check(spec, source);
            ErrorLog errors = new ErrorLog(spec.capture());
            PipelineConfig config =
                    PipelineConfig.of(spec, source.traits(), source.queues().size());
            PipelineInstance pipeline = new PipelineInstance(config, errors);
            parts = pipeline.parts();
            parts.source = source;
            parts.offload = offload(spec, providers, source, errors);
            assemble(pipeline, config, spec, providers, errors);
            return pipeline;
        } catch (Throwable t) {
            if (parts != null) {
                parts.discardHelpers();
                parts.closeClassifiers(new ErrorLog(spec.capture()));
            }
            source.close();
            throw t;
        }
    }

    private static CaptureSource open(
            Providers providers, String capture, Map<String, String> more, int packets, long bytes) {
        CaptureName name = CaptureName.parse(capture, more);
        CaptureProvider provider = providers.capture(name.backend());
        Options options = Options.of(name.backend(), provider.options(), name.options());
        return provider.open(new CaptureRequest(name.target(), options, packets, bytes));
    }

    /** The kernel filter that the user named, else the capture's own, else none. */
    private static OffloadAgent offload(PipelineSpec spec, Providers providers, CaptureSource source, ErrorLog errors) {
        int maxFlows = spec.flows().maxFlowVerdicts();
        long lifetimeNs = spec.flows().flowVerdictLifetime().toNanos();
        if (spec.tunnels() != TunnelPolicy.OUTERMOST) {
            if (spec.offload() != null) {
                throw new WeirException(
                        spec.offload().name() + " tells flows by the outermost addresses, and the pipeline"
                                + " looks into tunnels: leave out .tunnels() or .offload()");
            }
            return null;
        }
        if (spec.offload() != null) {
            FlowOffload filter =
                    openFilter(providers, spec.offload().name(), spec.offload().options(), maxFlows, lifetimeNs);
            return new OffloadAgent(filter, filter.carriesOut(), spec.offload().name(), errors);
        }
        return source.flowOffload(maxFlows, lifetimeNs)
                .map(filter -> new OffloadAgent(
                        filter, spec.advisory() ? Set.of() : filter.carriesOut(), spec.capture(), errors))
                .orElse(null);
    }

    private static FlowOffload openFilter(
            Providers providers, String filter, Map<String, String> more, int maxFlows, long lifetimeNs) {
        CaptureName name = CaptureName.parse(filter, more);
        FlowOffloadProvider provider = providers.offload(name.backend());
        Options options = Options.of(name.backend(), provider.options(), name.options());
        return provider.open(new FlowOffloadRequest(name.target(), options, maxFlows, lifetimeNs));
    }

    @Override
    public KernelFilter openKernelFilter(String name, Map<String, String> options, ClassLoader loader) {
        return openFilter(new Providers(loader), name, options, 0, 0);
    }

    private static void check(PipelineSpec spec, CaptureSource source) {
        CaptureTraits traits = source.traits();
        if (spec.offload() != null && spec.advisory() && !traits.passive()) {
            throw new WeirException("an advisory pipeline lets everything pass, and "
                    + spec.offload().name() + " would drop flows: leave out .advisory() or .offload()");
        }
        if (traits.passive() && !spec.advisory()) {
            throw new WeirException(spec.capture() + " sees copies of packets and cannot drop any: add .advisory() to"
                    + " have verdicts counted only, or use an inline backend");
        }
        if (!traits.passive()
                && !(traits.carriesOut().contains(Kind.ACCEPT)
                        && traits.carriesOut().contains(Kind.DROP))) {
            throw new WeirException(spec.capture() + " can neither accept nor drop: not a backend for pipelines");
        }
        if (spec.workers() == 0 && source.queues().size() > 1 && !traits.symmetric()) {
            throw new WeirException(spec.capture() + " brings the two directions of a flow by different queues: add"
                    + " .workers(1) or more, or use one queue");
        }
    }

    private static void assemble(
            PipelineInstance pipeline, PipelineConfig config, PipelineSpec spec, Providers providers, ErrorLog errors) {
        PipelineParts parts = pipeline.parts();
        if (!spec.correlators().isEmpty()) {
            List<FlowCorrelator> correlators = new ArrayList<>();
            parts.correlation = new CorrelationAgent(correlators, config.clock(), config.systemClock(), errors);
            for (PipelineSpec.CorrelatorSource correlator : spec.correlators()) {
                correlators.add(
                        correlator.instance() != null
                                ? correlator.instance()
                                : providers.correlator(correlator.name(), correlator.options()));
            }
        }
        if (spec.listener() != null) {
            parts.listener = new ListenerAgent(spec.listener(), errors);
        }
        if (spec.record() != null) {
            parts.recorder = new RecorderAgent(spec.record(), errors);
        }
        HashSeed seed = new HashSeed();
        for (CaptureQueue queue : parts.source.queues()) {
            QueueAgent agent = new QueueAgent(queue, config, pipeline, seed);
            parts.agents.add(agent);
            if (parts.listener != null) {
                agent.desk().tell(parts.listener.spool());
            }
            if (parts.recorder != null) {
                agent.desk().record(parts.recorder.spool(config.traits().offline()));
            }
        }
        if (config.workers() == 0) {
            judgeInPlace(pipeline, config, spec, providers, errors);
        } else {
            handToWorkers(pipeline, config, spec, providers, errors);
        }
        if (parts.offload != null) {
            parts.shards.forEach(shard -> shard.flows().offloadTo(parts.offload));
        }
    }

    private static void judgeInPlace(
            PipelineInstance pipeline, PipelineConfig config, PipelineSpec spec, Providers providers, ErrorLog errors) {
        PipelineParts parts = pipeline.parts();
        for (QueueAgent agent : parts.agents) {
            InPlaceVerdicts verdicts = agent.judgeInPlace();
            FlowShard shard = new FlowShard(
                    agent.index(),
                    config.queues(),
                    classifiers(parts, spec, providers),
                    config,
                    spec.flows(),
                    errors,
                    verdicts,
                    parts.correlation,
                    agent::wake);
            verdicts.judgeWith(shard);
            parts.shards.add(shard);
        }
    }

    private static void handToWorkers(
            PipelineInstance pipeline, PipelineConfig config, PipelineSpec spec, Providers providers, ErrorLog errors) {
        PipelineParts parts = pipeline.parts();
        for (int i = 0; i < config.workers(); i++) {
            WorkerAgent worker = new WorkerAgent(config, pipeline, parts.agents);
            FlowShard shard = new FlowShard(
                    i,
                    config.workers(),
                    classifiers(parts, spec, providers),
                    config,
                    spec.flows(),
                    errors,
                    worker,
                    parts.correlation,
                    worker::wake);
            worker.judgeWith(shard);
            parts.workers.add(worker);
            parts.shards.add(shard);
        }
        WorkerAgent[] workers = parts.workers.toArray(new WorkerAgent[0]);
        parts.agents.forEach(agent -> agent.handTo(workers));
    }

    /** The classifiers of one shard. */
    private static Classifier[] classifiers(PipelineParts parts, PipelineSpec spec, Providers providers) {
        List<Classifier> made = new ArrayList<>();
        for (PipelineSpec.ClassifierSource source : spec.classifiers()) {
            Classifier classifier = source.name() != null
                    ? providers.classifier(source)
                    : source.factory().get();
            if (classifier == null) {
                throw new WeirException("a classifier factory returned null");
            }
            made.add(classifier);
            parts.classifiers.add(classifier);
        }
        return made.toArray(new Classifier[0]);
    }

    @Override
    public Capture openCapture(String name, Map<String, String> options, ClassLoader loader) {
        return new StandaloneCapture(
                name, open(new Providers(loader), name, options, STANDALONE_PACKETS, STANDALONE_BYTES));
    }

    @Override
    public Transmitter openTransmitter(String name, Map<String, String> options, ClassLoader loader) {
        CaptureName parsed = CaptureName.parse(name, options);
        CaptureProvider provider = new Providers(loader).capture(parsed.backend());
        return provider.openTransmitter(new CaptureRequest(
                parsed.target(),
                Options.of(parsed.backend(), provider.options(), parsed.options()),
                STANDALONE_PACKETS,
                STANDALONE_BYTES));
    }

    @Override
    public List<String> describe(ClassLoader loader) {
        return new Providers(loader).describe();
    }
}
