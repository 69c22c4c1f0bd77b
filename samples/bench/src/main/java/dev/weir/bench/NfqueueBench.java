package dev.weir.bench;

import dev.weir.WeirException;
import java.util.List;
import java.util.Locale;
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

    private static final String CAPTURE = "nfqueue:0?queue-length=100000&receive-buffer=64M";
    private static final int PATIENCE_MS = 5_000;
    private static final int POLL_MS = 20;
    private static final int SETTLE_MS = 100;
    private static final long FILL_RATE = 200_000;

    /** What is called once a batch is compiled late: with 12 the compiler was at work in the window. */
    private static final int WARM_UP_DRAINS = 40;

    private static final int FLOWS = 1_000;
    private static final double COLLECTIONS_SECONDS = 60;

    @Mixin
    MeasuringPlan plan = new MeasuringPlan();

    @Option(names = "--packets", description = "packets in the queue that is drained (default: ${DEFAULT-VALUE})")
    int packets = 30_000;

    @Option(names = "--rate", description = "packets per second of the steady flood (default: ${DEFAULT-VALUE})")
    long rate = 100_000;

    @Option(names = "--only", description = "\"drain\", \"flood\", \"web\", or \"collections\" (60 s); without it, all")
    String only = "";

    @Option(names = "--pages", split = ",", description = "of web: \"small\", \"large\" (default: both)")
    List<String> pages = List.of("small", "large");

    @Option(names = "--connections", split = ",", description = "of web (default: 1,64,400)")
    List<Integer> connections = List.of(1, 64, 400);

    @Option(names = "--busy", description = "of web: filters never sleep")
    boolean busy;

    @Override
    public Integer call() {
        plan.settle();
        NativePrograms programs = new NativePrograms();
        if (!only.equals("web") && !only.equals("collections")) {
            packets(programs);
        }
        if (only.isEmpty() || only.equals("web")) {
            WebBench web = new WebBench(plan, programs, busy, System.out);
            try (WebLab lab = WebLab.open()) {
                for (String page : pages) {
                    connections.forEach(count -> web.run(lab, page, count));
                }
            }
        }
        if (only.isEmpty() || only.equals("collections")) {
            try (WebLab lab = WebLab.open()) {
                CollectionsBench.run(lab, plan.isQuick() ? 2 : COLLECTIONS_SECONDS, System.out);
            }
        }
        return 0;
    }

    private void packets(NativePrograms programs) {
        boolean pinned = Runtime.getRuntime().availableProcessors() > 1;
        int receiverCpu = pinned ? 1 : -1;
        try (BenchLink link = BenchLink.open()) {
            link.queueWhatArrives();
            if (!only.equals("flood")) {
                Flood fill = new Flood(programs.flood(), link, "kernel", FILL_RATE, FLOWS, pinned ? 0 : -1);
                Rounds drained = Rounds.run(
                        plan.rounds,
                        contenders(programs, packets, 0),
                        (round, contender) -> shown(round, contender, drain(contender, link, fill, receiverCpu)));
                print("Draining a queue of %,d packets of 64 bytes".formatted(packets), drained, DRAINING);
            }
            if (!only.equals("drain")) {
                Flood flood = new Flood(programs.flood(), link, "kernel", rate, FLOWS, pinned ? 0 : -1);
                Rounds flooded = Rounds.run(
                        plan.rounds,
                        contenders(programs, 0, plan.warmUpSeconds),
                        (round, contender) -> shown(round, contender, flood(contender, link, flood, receiverCpu)));
                print(
                        "A steady flood of %,d packets/s of 64 bytes, windows of %.1f s".formatted(rate, plan.seconds),
                        flooded,
                        FLOODED);
            }
        }
    }

    private static List<Contender> contenders(NativePrograms programs, int window, double warmUpSeconds) {
        String packets = Integer.toString(window);
        return List.of(
                Contender.inJava(PIPELINE, warmUpSeconds, WeirQueueReceiver.class, CAPTURE, packets, "0"),
                Contender.inC(BATCHED, programs.queueBatched(), packets),
                Contender.inC(LIBRARY, programs.queueLibrary(), packets),
                Contender.inJava(LOOP, warmUpSeconds, WeirQueueReceiver.class, CAPTURE, packets, "loop"),
                Contender.inC(BATCHED_AGAIN, programs.queueBatched(), packets));
    }

    /** Fills the queue while the contender does not read, several times for one in Java, and measures the last drain. */
    private Sample drain(Contender contender, BenchLink link, Flood fill, int cpu) {
        int drains = contender.name().startsWith("weir") ? (plan.isQuick() ? 2 : WARM_UP_DRAINS) + 1 : 2;
        try (ReceiverProcess receiver =
                ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()))) {
            Sample last = null;
            for (int i = 0; i < drains; i++) {
                long sent = fill.run((double) packets / FILL_RATE);
                receiver.begin();
                settle(link);
                last = new Sample(receiver.end(), sent);
                if (last.measurement().packets() != sent) {
                    throw new WeirException(contender.name() + " drained " + last.measurement() + " of " + sent);
                }
            }
            return last;
        }
    }

    private Sample flood(Contender contender, BenchLink link, Flood flood, int cpu) {
        try (ReceiverProcess receiver =
                ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()))) {
            flood.run(contender.warmUpSeconds());
            settle(link);
            receiver.begin();
            long sent = flood.run(plan.seconds);
            settle(link);
            return new Sample(receiver.end(), sent);
        }
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

    private void print(String what, Rounds measured, List<Comparison> comparisons) {
        System.out.printf(
                Locale.ROOT,
                "%n%s, %d rounds, JDK %s, Linux %s, %d CPUs%n%n",
                what,
                plan.rounds,
                Runtime.version(),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors());
        new Report(measured, comparisons).print(System.out);
    }

    /** Waits until everything is decided, and counted. */
    private static void settle(BenchLink link) {
        try {
            for (int waitedMs = 0; link.undecided() > 0 && waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
                Thread.sleep(POLL_MS);
            }
            Thread.sleep(SETTLE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted", stop);
        }
    }
}
