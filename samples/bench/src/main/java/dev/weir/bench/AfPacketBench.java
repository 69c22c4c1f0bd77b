package dev.weir.bench;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** AF_PACKET receive on a flooded veth: Weir beside C on the same kind of ring, libpcap and pcap4j, in one run. */
@Command(
        name = "afpacket",
        description = "Receives a flood of 64-byte UDP with Weir, C, libpcap and pcap4j, and compares CPU and loss.",
        mixinStandardHelpOptions = true)
final class AfPacketBench implements Callable<Integer> {
    static final String PIPELINE = "weir pipeline";
    static final String LOOP = "weir loop";
    static final String C_RING = "C ring";
    static final String C_PIPELINE = "C pipeline";
    static final String LIBPCAP = "libpcap";
    static final String LIBPCAP_AGAIN = "libpcap again";
    static final String PCAP4J = "pcap4j";

    private static final List<Comparison> COMPARISONS = List.of(
            Comparison.cpuAtMost(1.5, PIPELINE, LIBPCAP),
            Comparison.cpuAtLeast(15, PCAP4J, PIPELINE),
            Comparison.noMoreLoss(PIPELINE, C_RING),
            Comparison.cpuAtMost(1, LOOP, LIBPCAP),
            Comparison.cpu(PIPELINE, C_PIPELINE),
            Comparison.cpu(C_PIPELINE, LIBPCAP),
            Comparison.cpu(LOOP, C_RING),
            Comparison.cpu(C_RING, LIBPCAP),
            Comparison.cpu(LIBPCAP_AGAIN, LIBPCAP));

    /** By then every block has retired and been read, and Weir has read the kernel's counters again. */
    private static final long SETTLE_MS = 250;

    private static final int RETIRE_MS = 10;
    private static final int WARM_UP_FLOODS = 5;

    @Mixin
    MeasuringPlan plan = new MeasuringPlan();

    @Option(names = "--rate", description = "packets per second, 0: full speed (default: ${DEFAULT-VALUE})")
    long rate = 400_000;

    @Option(names = "--flows", description = "number of flows in the flood (default: ${DEFAULT-VALUE})")
    int flows = 1_000;

    @Option(
            names = "--generator",
            description = "where frames are made, \"kernel\" (XDP test run) or \"user\" (default: ${DEFAULT-VALUE})")
    String generator = "kernel";

    @Option(names = "--block-bytes", description = "bytes of a ring block (default: ${DEFAULT-VALUE})")
    int blockBytes = 1 << 20;

    @Option(names = "--blocks", description = "blocks of the ring (default: ${DEFAULT-VALUE})")
    int blocks = 32;

    @Option(names = "--only", split = ",", description = "measure these receivers only")
    List<String> only = new ArrayList<>();

    @Override
    public Integer call() {
        plan.settle();
        NativePrograms programs = new NativePrograms();
        List<Contender> contenders = contenders(programs);
        boolean pinned = Runtime.getRuntime().availableProcessors() > 1;
        try (BenchLink link = BenchLink.open()) {
            Flood flood = new Flood(programs.flood(), link, generator, rate, flows, pinned ? 0 : -1);
            Rounds measured = Rounds.run(plan.rounds, contenders, (round, contender) -> {
                Sample sample = measure(contender, link, flood, pinned ? 1 : -1);
                System.err.printf(
                        Locale.ROOT,
                        "round %d of %d  %-22s %8.1f ns/packet  %.4f %% lost%n",
                        round,
                        plan.rounds,
                        contender.name(),
                        sample.cpuNsPerPacket(),
                        100 * sample.loss());
                return sample;
            });
            printConditions();
            new Report(measured, COMPARISONS).print(System.out);
        }
        return 0;
    }

    private List<Contender> contenders(NativePrograms programs) {
        String bufferBytes = Integer.toString(blockBytes * blocks);
        String retireMs = Integer.toString(RETIRE_MS);
        String capture = "afpacket:%s?block-size=%d&blocks=%d&retire-timeout=%dms"
                .formatted(BenchLink.RECEIVER, blockBytes, blocks, RETIRE_MS);
        Map<String, Supplier<Contender>> known = new LinkedHashMap<>();
        known.put(
                PIPELINE,
                () -> Contender.inJava(PIPELINE, plan.warmUpSeconds, WeirPipelineReceiver.class, capture, "0"));
        known.put(LOOP, () -> Contender.inJava(LOOP, plan.warmUpSeconds, WeirLoopReceiver.class, capture));
        known.put(
                LIBPCAP,
                () -> Contender.inC(LIBPCAP, programs.pcapReceiver(), BenchLink.RECEIVER, bufferBytes, retireMs));
        known.put(C_RING, () -> onRing(C_RING, programs.ringReceiver()));
        known.put(C_PIPELINE, () -> onRing(C_PIPELINE, programs.ringPipeline()));
        known.put(
                PCAP4J,
                () -> Contender.inJava(
                        PCAP4J, plan.warmUpSeconds, Pcap4jReceiver.class, BenchLink.RECEIVER, bufferBytes, retireMs));
        known.put(
                LIBPCAP_AGAIN,
                () -> Contender.inC(LIBPCAP_AGAIN, programs.pcapReceiver(), BenchLink.RECEIVER, bufferBytes, retireMs));
        if (!known.keySet().containsAll(only)) {
            throw new WeirException("--only takes " + String.join(", ", known.keySet()));
        }
        known.keySet().removeIf(name -> !only.isEmpty() && !only.contains(name));
        return known.values().stream().map(Supplier::get).toList();
    }

    private Contender onRing(String name, String program) {
        return Contender.inC(
                name,
                program,
                BenchLink.RECEIVER,
                Integer.toString(blockBytes),
                Integer.toString(blocks),
                Integer.toString(RETIRE_MS));
    }

    private Sample measure(Contender contender, BenchLink link, Flood flood, int cpu) {
        try (ReceiverProcess receiver =
                ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()))) {
            // With pauses: what a receiver does only when packets begin and end is compiled before the window, too.
            for (int i = 0; i < WARM_UP_FLOODS; i++) {
                flood.run(contender.warmUpSeconds() / WARM_UP_FLOODS);
                settle();
            }
            receiver.begin();
            long sent = flood.run(plan.seconds);
            settle();
            return new Sample(receiver.end(), sent);
        }
    }

    private static void settle() {
        try {
            Thread.sleep(SETTLE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted", stop);
        }
    }

    private void printConditions() {
        System.out.printf(
                Locale.ROOT,
                "%nAF_PACKET receive of 64-byte UDP, %,d flows, %s, windows of %.1f s, %d rounds%n"
                        + "ring %d x %d KiB, frames from %s space, JDK %s, Linux %s, %d CPUs%n%n",
                flows,
                rate == 0 ? "full speed" : String.format(Locale.ROOT, "%,d packets/s", rate),
                plan.seconds,
                plan.rounds,
                blocks,
                blockBytes / 1024,
                generator,
                Runtime.version(),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors());
    }
}
