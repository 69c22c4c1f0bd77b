package dev.weir.bench;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A netfilter queue: how fast one that is full is drained, and what a steady flood costs; Weir beside C. */
@Command(
        name = "nfqueue",
        description = {
            "Decides over packets from a netfilter queue with Weir and C: 64-byte UDP, draining and",
            "in a steady flood, and the traffic of a web server, wrk against nginx."
        },
        mixinStandardHelpOptions = true)
final class NfqueueBench implements Callable<Integer> {
    static final String PIPELINE = "weir pipeline";
    static final String LOOP = "weir loop";
    static final String LIBRARY = "libnetfilter_queue";
    static final String BATCHED = "C batched";
    static final String BATCHED_AGAIN = "C batched again";

    private static final List<Comparison> DRAINING = List.of(
            Comparison.rateAtLeast(1.8, PIPELINE, LIBRARY),
            Comparison.rateAtLeast(1, PIPELINE, BATCHED),
            Comparison.rate(LOOP, BATCHED),
            Comparison.rate(BATCHED, LIBRARY),
            Comparison.rate(BATCHED_AGAIN, BATCHED),
            Comparison.cpu(PIPELINE, BATCHED),
            Comparison.cpu(PIPELINE, LIBRARY));

    private static final List<Comparison> FLOODED = List.of(
            Comparison.noMoreLoss(PIPELINE, BATCHED),
            Comparison.cpuAtMost(1.15, PIPELINE, BATCHED),
            Comparison.cpu(LOOP, BATCHED),
            Comparison.cpu(PIPELINE, LIBRARY),
            Comparison.cpu(BATCHED_AGAIN, BATCHED));

    private static final String CAPTURE = "nfqueue:%d?queue-length=100000&receive-buffer=64M";
    private static final int PATIENCE_MS = 5_000;
    private static final int POLL_MS = 20;
    private static final int SETTLE_MS = 100;
    private static final long FILL_RATE = 200_000;

    /** What is called once a batch is compiled late: with 12 the compiler was at work in the window. */
    private static final int WARM_UP_DRAINS = 40;

    /**
     * Rounds of drains for a round that was asked for. Each takes a second, and of the same program two drains differ by a
     * third: at times the kernel is as much faster, with any program, for a few seconds.
     */
    private static final int DRAINS = 5;

    private static final int FLOWS = 1_000;
    private static final double COLLECTIONS_SECONDS = 60;

    @Mixin
    MeasuringPlan plan = new MeasuringPlan();

    @Option(names = "--packets", description = "packets in the queue that is drained (default: ${DEFAULT-VALUE})")
    int packets = 30_000;

    @Option(names = "--one-processor", description = "of drain: each receiver has one processor, not all")
    boolean oneProcessor;

    @Option(names = "--rate", description = "packets per second of the steady flood (default: ${DEFAULT-VALUE})")
    long rate = 100_000;

    enum Part {
        DRAIN,
        FLOOD,
        WEB,
        COLLECTIONS
    }

    @Option(names = "--only", description = "\"drain\", \"flood\", \"web\", or \"collections\" (60 s); without it, all")
    String only = "";

    @Option(names = "--pages", split = ",", description = "of web: \"small\", \"large\" (default: both)")
    List<String> pages = List.of("small", "large");

    @Option(names = "--connections", split = ",", description = "of web (default: 1,64,400)")
    List<Integer> connections = List.of(1, 64, 400);

    @Option(
            names = "--congestion-control",
            description =
                    "of web: the server's TCP, as in tcp_available_congestion_control (default: ${DEFAULT-VALUE})")
    String congestionControl = "cubic";

    @Option(names = "--busy", description = "of web: filters never sleep")
    boolean busy;

    @Override
    public Integer call() {
        plan.settle();
        Set<Part> parts = parts();
        if (!Set.of("small", "large").containsAll(pages)) {
            throw new WeirException("--pages takes small and large, not " + String.join(",", pages));
        }
        NativePrograms programs = new NativePrograms();
        if (parts.contains(Part.DRAIN) || parts.contains(Part.FLOOD)) {
            packets(programs, parts);
        }
        if (parts.contains(Part.WEB)) {
            WebBench web = new WebBench(plan, programs, busy, congestionControl, System.out);
            try (WebLab lab = WebLab.open(congestionControl)) {
                for (String page : pages) {
                    connections.forEach(count -> web.run(lab, page, count));
                }
            }
        }
        if (parts.contains(Part.COLLECTIONS)) {
            try (WebLab lab = WebLab.open(congestionControl)) {
                CollectionsBench.run(lab, plan.isQuick() ? 2 : COLLECTIONS_SECONDS, System.out);
            }
        }
        return 0;
    }

    private Set<Part> parts() {
        if (only.isEmpty()) {
            return EnumSet.allOf(Part.class);
        }
        try {
            return EnumSet.of(Part.valueOf(only.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw new WeirException("--only takes drain, flood, web or collections, not " + only, e);
        }
    }

    private void packets(NativePrograms programs, Set<Part> parts) {
        boolean single = Runtime.getRuntime().availableProcessors() == 1;
        int floodCpu = single ? -1 : 0;
        int receiverCpu = single ? -1 : 1;
        try (BenchLink link = BenchLink.open()) {
            link.queueWhatArrives();
            if (parts.contains(Part.DRAIN)) {
                Flood fill = new Flood(programs.flood(), link, "kernel", FILL_RATE, FLOWS, floodCpu);
                double fillSeconds = (double) packets / FILL_RATE;
                Rounds drained = inTurns(
                        link,
                        oneProcessor ? receiverCpu : -1, // nothing else runs meanwhile
                        contenders(programs, packets),
                        plan.isQuick() ? plan.rounds : plan.rounds * DRAINS,
                        (contender, receiver) -> {
                            for (int i = warmUpDrains(contender); i > 0; i--) {
                                drain(receiver, fill, fillSeconds);
                            }
                        },
                        (contender, receiver) -> drained(contender, drain(receiver, fill, fillSeconds)));
                print("Draining a queue of %,d packets of 64 bytes".formatted(packets), drained, DRAINING);
            }
            if (parts.contains(Part.FLOOD)) {
                Flood flood = new Flood(programs.flood(), link, "kernel", rate, FLOWS, floodCpu);
                Rounds flooded = inTurns(
                        link,
                        receiverCpu,
                        contenders(programs, 0),
                        plan.rounds,
                        (contender, receiver) -> flood(receiver, flood, contender.warmUpSeconds()),
                        (contender, receiver) -> flood(receiver, flood, plan.seconds));
                print(
                        "A steady flood of %,d packets/s of 64 bytes, windows of %.1f s".formatted(rate, plan.seconds),
                        flooded,
                        FLOODED);
            }
        }
    }

    /** Each on a queue of its own. */
    private List<Contender> contenders(NativePrograms programs, int windowPackets) {
        String window = Integer.toString(windowPackets);
        return List.of(
                Contender.inJava(
                        PIPELINE, plan.warmUpSeconds, WeirQueueReceiver.class, CAPTURE.formatted(0), window, "0"),
                Contender.inC(BATCHED, programs.queueBatched(), window, "1"),
                Contender.inC(LIBRARY, programs.queueLibrary(), window, "2"),
                Contender.inJava(
                        LOOP, plan.warmUpSeconds, WeirQueueReceiver.class, CAPTURE.formatted(3), window, "loop"),
                Contender.inC(BATCHED_AGAIN, programs.queueBatched(), window, "4"));
    }

    private interface WarmUp {
        void run(Contender contender, ReceiverProcess receiver);
    }

    private interface Measure {
        Sample of(Contender contender, ReceiverProcess receiver);
    }

    /**
     * All contenders are there and warm, each with its queue, and asleep: a rule leads the packets to the one that is
     * measured next.
     *
     * @param cpu that the receivers stay on, or less than 0
     */
    private static Rounds inTurns(
            BenchLink link, int cpu, List<Contender> contenders, int rounds, WarmUp warmUp, Measure measure) {
        List<ReceiverProcess> receivers = new ArrayList<>();
        try {
            for (Contender contender : contenders) {
                ReceiverProcess receiver =
                        ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()));
                receivers.add(receiver);
                link.queueIn(receivers.size() - 1);
                warmUp.run(contender, receiver);
            }
            return Rounds.run(rounds, contenders, (round, contender) -> {
                int at = contenders.indexOf(contender);
                link.queueIn(at);
                return shown(round, contender, measure.of(contender, receivers.get(at)));
            });
        } finally {
            receivers.forEach(ReceiverProcess::close);
        }
    }

    private int warmUpDrains(Contender contender) {
        boolean compiles = contender.name().startsWith("weir");
        return !compiles ? 1 : plan.isQuick() ? 2 : WARM_UP_DRAINS;
    }

    /** Fills a queue while nobody reads it, and lets it drain. */
    private static Sample drain(ReceiverProcess receiver, Flood fill, double seconds) {
        long sent = fill.run(seconds);
        receiver.begin();
        settle(receiver);
        return new Sample(receiver.end(), sent);
    }

    private static Sample drained(Contender contender, Sample sample) {
        if (sample.measurement().packets() != sample.sent()) {
            throw new WeirException(contender.name() + " drained " + sample.measurement() + " of " + sample.sent());
        }
        return sample;
    }

    private static Sample flood(ReceiverProcess receiver, Flood flood, double seconds) {
        receiver.begin();
        long sent = flood.run(seconds);
        settle(receiver);
        return new Sample(receiver.end(), sent);
    }

    private static Sample shown(int round, Contender contender, Sample sample) {
        System.err.printf(
                Locale.ROOT,
                "round %d  %-22s %8.1f ns/packet  %,9.0f packets/s  %.4f %% lost%n",
                round,
                contender.name(),
                sample.cpuNsPerPacket(),
                sample.packetsPerSecond(),
                100 * sample.loss());
        return sample;
    }

    private static void print(String what, Rounds measured, List<Comparison> comparisons) {
        System.out.printf(
                Locale.ROOT,
                "%n%s, %d rounds, JDK %s, Linux %s, %d CPUs%n%n",
                what,
                measured.count(),
                Runtime.version(),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors());
        new Report(measured, comparisons).print(System.out);
    }

    /** Waits until everything is decided, and counted. */
    private static void settle(ReceiverProcess receiver) {
        try {
            for (int waitedMs = 0; receiver.undecided() > 0 && waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
                Thread.sleep(POLL_MS);
            }
            Thread.sleep(SETTLE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted", stop);
        }
    }
}
