package dev.weir;

import dev.weir.runtime.PipelineSpec;
import dev.weir.runtime.WeirRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** Says what a {@link Pipeline} is made of; {@link #open()} makes it. Used by one thread, for one pipeline. */
public final class PipelineBuilder {
    /** Packets in flight when nothing else is asked for. */
    public static final int DEFAULT_IN_FLIGHT_PACKETS = 10_000;

    /** Bytes in flight when nothing else is asked for: 64 MiB. */
    public static final long DEFAULT_IN_FLIGHT_BYTES = 64L << 20;

    private final String capture;
    private final Map<String, String> captureOptions;
    private final List<PipelineSpec.ClassifierSource> classifiers = new ArrayList<>();
    private final List<PipelineSpec.CorrelatorSource> correlators = new ArrayList<>();
    private int workers;
    private Duration deadline;
    private Verdict deadlineVerdict;
    private int inFlightPackets = DEFAULT_IN_FLIGHT_PACKETS;
    private long inFlightBytes = DEFAULT_IN_FLIGHT_BYTES;
    private OverloadPolicy overload = OverloadPolicy.STOP_READING;
    private PausePolicy pause = PausePolicy.STOP_READING;
    private ErrorPolicy error = ErrorPolicy.ACCEPT;
    private Verdict defaultVerdict = Verdict.ACCEPT;
    private FlowLimits flows = FlowLimits.DEFAULT;
    private TunnelPolicy tunnels = TunnelPolicy.OUTERMOST;
    private PipelineSpec.OffloadSource offload;
    private boolean advisory;
    private DecisionListener listener;
    private Path record;
    private Long limit;
    private NanoClock clock = NanoClock.SYSTEM;
    private boolean busyPoll;
    private int[] cpus = {};
    private Duration closeTimeout = Duration.ofSeconds(5);
    private ClassLoader loader;

    PipelineBuilder(String capture, Map<String, String> captureOptions) {
        this.capture = Objects.requireNonNull(capture, "capture");
        this.captureOptions = Map.copyOf(captureOptions);
    }

    /**
     * Adds a classifier, after those added before; the first with an opinion decides. The instance is shared by all
     * workers.
     */
    public PipelineBuilder classify(Classifier classifier) {
        Objects.requireNonNull(classifier, "classifier");
        classifiers.add(new PipelineSpec.ClassifierSource(null, Map.of(), () -> classifier, true));
        return this;
    }

    /** Adds a classifier of which each worker gets an instance of its own. */
    public PipelineBuilder classifyPerWorker(Supplier<? extends Classifier> factory) {
        Objects.requireNonNull(factory, "factory");
        classifiers.add(new PipelineSpec.ClassifierSource(null, Map.of(), factory, false));
        return this;
    }

    /**
     * Adds a classifier plug-in by name ({@link ClassifierProvider}); each worker gets an instance of its own, unless the
     * plug-in {@linkplain ClassifierProvider#isShared() is shared}.
     */
    public PipelineBuilder classify(String name, Map<String, String> options) {
        classifiers.add(new PipelineSpec.ClassifierSource(
                Objects.requireNonNull(name, "name"), Map.copyOf(options), null, false));
        return this;
    }

    /** Has a correlator, by name, say who stands behind the flows. Several may be asked: the surest answer is kept. */
    public PipelineBuilder correlate(String name) {
        return correlate(name, Map.of());
    }

    /** As {@link #correlate(String)} with options. */
    public PipelineBuilder correlate(String name, Map<String, String> options) {
        correlators.add(
                new PipelineSpec.CorrelatorSource(Objects.requireNonNull(name, "name"), Map.copyOf(options), null));
        return this;
    }

    /** Adds a correlator that the caller made; the pipeline closes it. */
    public PipelineBuilder correlate(FlowCorrelator correlator) {
        correlators.add(
                new PipelineSpec.CorrelatorSource(null, Map.of(), Objects.requireNonNull(correlator, "correlator")));
        return this;
    }

    /**
     * How many threads classify. 0, the standard, is run to completion: the thread that receives from a queue also
     * classifies, the fastest on few cores. With workers, each flow belongs to one of them.
     */
    public PipelineBuilder workers(int workers) {
        if (workers < 0 || workers > 256) {
            throw new WeirException("workers must be 0 to 256, not " + workers);
        }
        this.workers = workers;
        return this;
    }

    /**
     * Gives packets that have no verdict after this time a default one. Needs workers: a thread that classifies in place
     * cannot keep a deadline, so asking for one with {@code workers(0)} is refused when the pipeline is opened.
     *
     * @param time from when the packet was received; kept to within a millisecond
     */
    public PipelineBuilder deadline(Duration time, Verdict verdict) {
        if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofHours(1)) > 0) {
            throw new WeirException("a deadline must be more than zero and at most an hour, not " + time);
        }
        this.deadline = time;
        this.deadlineVerdict = plain(verdict, "deadline");
        return this;
    }

    /**
     * Bounds what is in flight: received and not given back, held packets included. The standard is 10,000 packets, 64
     * MiB and {@link OverloadPolicy#STOP_READING}. A backend that bears less lowers the bounds, and {@link
     * Pipeline#explain()} says so.
     */
    public PipelineBuilder inFlight(int packets, long bytes, OverloadPolicy policy) {
        if (packets < 1 || packets > 1 << 24 || bytes < 1 << 16) {
            throw new WeirException("in flight must be 1 to 16777216 packets and at least 65536 bytes, not " + packets
                    + " and " + bytes);
        }
        this.inFlightPackets = packets;
        this.inFlightBytes = bytes;
        this.overload = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /** As {@link #inFlight(int, long, OverloadPolicy)} with the standard bounds. */
    public PipelineBuilder onOverload(OverloadPolicy policy) {
        this.overload = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /** What traffic does while the pipeline is paused; the standard is {@link PausePolicy#STOP_READING}. */
    public PipelineBuilder whilePaused(PausePolicy policy) {
        this.pause = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /** What becomes of a packet whose classifier throws; the standard is {@link ErrorPolicy#ACCEPT}. */
    public PipelineBuilder onClassifierError(ErrorPolicy policy) {
        this.error = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /** The verdict when no classifier has an opinion, and at the end; the standard is {@link Verdict#ACCEPT}. */
    public PipelineBuilder otherwise(Verdict verdict) {
        this.defaultVerdict = plain(verdict, "default");
        return this;
    }

    /**
     * Has the kernel carry out verdicts for whole flows, so that their packets do not reach Java any more, and drop what a
     * {@link Blocklist} names ({@link Pipeline#kernelFilter}). On a passive capture flow drops are then real, although the
     * pipeline is advisory; all else stays so. Verdicts end as {@link FlowLimits#flowVerdictLifetime} says, counted from
     * the flow's last packet in the kernel. The ledger tells what the kernel decided.
     *
     * @param name {@code bpf:INTERFACE,…?option=value&…}, as for {@link KernelFilter#open(String)}
     */
    public PipelineBuilder offload(String name) {
        return offload(name, Map.of());
    }

    /** As {@link #offload(String)}, with options given as they are, without escapes. */
    public PipelineBuilder offload(String name, Map<String, String> options) {
        this.offload = new PipelineSpec.OffloadSource(name, Map.copyOf(options));
        return this;
    }

    /** Bounds of the flow table. */
    public PipelineBuilder flows(FlowLimits limits) {
        this.flows = Objects.requireNonNull(limits, "limits");
        return this;
    }

    /** Whether flows and headers are those of a tunnel or of what it carries; the standard is the tunnel. */
    public PipelineBuilder tunnels(TunnelPolicy policy) {
        this.tunnels = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * States that verdicts are not carried out: needed on a passive capture (a file, a tap), which cannot drop, so that
     * nobody builds a firewall that only watches; on an inline capture everything then passes.
     */
    public PipelineBuilder advisory() {
        this.advisory = true;
        return this;
    }

    /** Has every decision told to a listener, which cannot slow the pipeline. */
    public PipelineBuilder listen(DecisionListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Records what passes to a pcapng file, made new: accepted packets as they came, replaced ones as they go out. On a
     * live capture a disk that cannot follow loses records, which are counted, never packets; files wait for it.
     */
    public PipelineBuilder record(Path file) {
        this.record = Objects.requireNonNull(file, "file");
        return this;
    }

    /**
     * Ends the pipeline after so many packets: exactly so many are classified and recorded. What an inline capture still
     * brings while it is being detached gets the default verdict and is counted as {@link Ledger.Cause#STOP}; a passive
     * one is read no further.
     */
    public PipelineBuilder limit(long packets) {
        if (packets < 1) {
            throw new WeirException("a limit must be 1 packet or more, not " + packets);
        }
        this.limit = packets;
        return this;
    }

    /** The clock for deadlines and for the idle time of flows on live captures; files carry their own time. */
    public PipelineBuilder clock(NanoClock clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
        return this;
    }

    /**
     * Threads never sleep: the lowest latency, for one core per thread. Without it they sleep when there is nothing to
     * do, after a short spin.
     *
     * @param cpus processors to pin the threads to: first those of the queues, then the workers; none to leave that to
     *     the scheduler
     */
    public PipelineBuilder busyPoll(int... cpus) {
        this.busyPoll = true;
        this.cpus = cpus.clone();
        return this;
    }

    /** How long {@link Pipeline#stop()} waits for classifiers that do not return; the standard is 5 s. */
    public PipelineBuilder closeTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new WeirException("a close timeout must be zero to ten minutes, not " + timeout);
        }
        this.closeTimeout = timeout;
        return this;
    }

    /** Where engine, backends, correlators and plug-ins are looked for; the standard is the context class loader. */
    public PipelineBuilder classLoader(ClassLoader loader) {
        this.loader = loader;
        return this;
    }

    /**
     * Finds the engine and the backend, attaches the capture, and makes the pipeline; nothing is read before it is
     * started.
     *
     * @throws WeirException when something is missing, wrong or not possible here, with what to do; nothing is left
     *     behind
     */
    public Pipeline open() {
        return WeirRuntime.find(loader)
                .openPipeline(new PipelineSpec(
                        capture,
                        captureOptions,
                        List.copyOf(classifiers),
                        List.copyOf(correlators),
                        workers,
                        deadline,
                        deadlineVerdict,
                        inFlightPackets,
                        inFlightBytes,
                        overload,
                        pause,
                        error,
                        defaultVerdict,
                        flows,
                        tunnels,
                        offload,
                        advisory,
                        listener,
                        record,
                        limit,
                        clock,
                        busyPoll,
                        cpus,
                        closeTimeout,
                        loader));
    }

    private static Verdict plain(Verdict verdict, String what) {
        Verdict.Kind kind = verdict.kind();
        if (kind != Verdict.Kind.ACCEPT && kind != Verdict.Kind.DROP || verdict.scope() != Verdict.Scope.PACKET) {
            throw new WeirException("the " + what + " verdict must be ACCEPT or DROP, not " + verdict);
        }
        return verdict;
    }
}
