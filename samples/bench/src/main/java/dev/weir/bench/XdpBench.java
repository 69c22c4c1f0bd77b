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

/** AF_XDP on a veth: Weir beside programs in C on libxdp, which receive and drop, send, and bridge. */
@Command(
        name = "xdp",
        description =
                "Receives, sends and bridges 64-byte UDP by AF_XDP with Weir and with C on libxdp, and compares CPU"
                        + " and loss.",
        mixinStandardHelpOptions = true)
final class XdpBench implements Callable<Integer> {
    private static final String LOOP = "weir loop";
    private static final String PIPELINE = "weir pipeline";
    private static final String SENDER = "weir transmitter";
    private static final String LIBXDP = "libxdp";
    private static final String LIBXDP_AGAIN = "libxdp again";

    /** Each packet wakes, as in the program in C. */
    private static final String LOOP_WOKEN = "weir loop, woken";

    /** Sleeps by the clock, as Weir does by itself. */
    private static final String LIBXDP_PAUSED = "libxdp, paused";

    private static final String PAUSE_US = "500";

    private static final double TARGET = 1.25;
    private static final long SETTLE_MS = 250;

    /** What is measured. */
    private enum Part {
        RX,
        TX,
        BRIDGE
    }

    @Mixin
    private MeasuringPlan plan = new MeasuringPlan();

    @Option(names = "--part", split = ",", description = "rx, tx, bridge (default: all)")
    private List<String> parts = List.of("rx", "tx", "bridge");

    @Option(names = "--rate", description = "packets per second, 0: full speed (default: ${DEFAULT-VALUE})")
    private long rate = 400_000;

    @Option(names = "--flows", description = "number of flows in the flood (default: ${DEFAULT-VALUE})")
    private int flows = 1_000;

    @Option(names = "--ring", description = "entries of the rings (default: ${DEFAULT-VALUE})")
    private int ring = 2_048;

    @Option(names = "--only", split = ",", description = "measure these contenders only")
    private List<String> only = new ArrayList<>();

    @Override
    public Integer call() {
        plan.settle();
        NativePrograms programs = new NativePrograms();
        for (String name : parts) {
            Part part;
            try {
                part = Part.valueOf(name.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new WeirException("--part takes rx, tx and bridge, not " + name, e);
            }
            measure(part, programs);
        }
        return 0;
    }

    private void measure(Part part, NativePrograms programs) {
        List<Contender> contenders = contenders(part, programs);
        boolean pinned = Runtime.getRuntime().availableProcessors() > 1;
        int receiving = pinned ? 1 : -1;
        try (BenchLink link = BenchLink.open()) {
            if (part == Part.BRIDGE) {
                link.addSecond();
            }
            String end = part == Part.BRIDGE ? BenchLink.END : BenchLink.SENDER;
            Flood flood = new Flood(programs.flood(), link, "kernel", rate, flows, pinned ? 0 : -1);
            try (AutoCloseable sink =
                    part == Part.RX ? () -> {} : sink(link, part == Part.TX ? BenchLink.RECEIVER : end, programs)) {
                Rounds measured = Rounds.run(plan.rounds, contenders, (round, contender) -> {
                    Sample sample = part == Part.TX
                            ? send(contender, link, receiving)
                            : receive(contender, link, flood, receiving, part);
                    System.err.printf(
                            Locale.ROOT,
                            "%s, round %d of %d  %-18s %8.1f ns/packet  %,10.0f packets/s  %.4f %% lost%n",
                            part,
                            round,
                            plan.rounds,
                            contender.name(),
                            sample.cpuNsPerPacket(),
                            sample.packetsPerSecond(),
                            100 * sample.loss());
                    return sample;
                });
                printConditions(part);
                new Report(measured, comparisons(part)).print(System.out);
                assert sink != null;
            } catch (WeirException e) {
                throw e;
            } catch (Exception e) {
                throw new WeirException("the far end did not end: " + e.getMessage(), e);
            }
        }
    }

    private static List<Comparison> comparisons(Part part) {
        return switch (part) {
            case TX ->
                List.of(
                        Comparison.cpuAtMost(TARGET, SENDER, LIBXDP),
                        Comparison.rate(SENDER, LIBXDP),
                        Comparison.cpu(LIBXDP_AGAIN, LIBXDP),
                        Comparison.rate(LIBXDP_AGAIN, LIBXDP));
            case RX ->
                received(
                        Comparison.cpu(LOOP_WOKEN, LIBXDP),
                        Comparison.cpu(LIBXDP_PAUSED, LIBXDP),
                        Comparison.cpu(LOOP, LIBXDP_PAUSED),
                        Comparison.cpu(PIPELINE, LIBXDP_PAUSED));
            case BRIDGE -> received();
        };
    }

    /** What is compared of those that receive, and more of it; at the end the floor. */
    private static List<Comparison> received(Comparison... more) {
        List<Comparison> all = new ArrayList<>(List.of(
                Comparison.cpuAtMost(TARGET, LOOP, LIBXDP),
                Comparison.noMoreLoss(LOOP, LIBXDP),
                Comparison.cpu(PIPELINE, LIBXDP),
                Comparison.noMoreLoss(PIPELINE, LIBXDP)));
        all.addAll(List.of(more));
        all.add(Comparison.cpu(LIBXDP_AGAIN, LIBXDP));
        all.add(Comparison.loss(LIBXDP_AGAIN, LIBXDP));
        return all;
    }

    private List<Contender> contenders(Part part, NativePrograms programs) {
        String rings = Integer.toString(ring);
        Map<String, Supplier<Contender>> known = new LinkedHashMap<>();
        double warmUp = plan.warmUpSeconds;
        switch (part) {
            case RX -> {
                // As many frames as the program in C has: the same memory goes round.
                String capture = "xdp:%s?mode=native&ring=%d&frames=%d".formatted(BenchLink.RECEIVER, ring, 2 * ring);
                known.put(LOOP, () -> Contender.inJava(LOOP, warmUp, WeirLoopReceiver.class, capture));
                known.put(LIBXDP, () -> Contender.inC(LIBXDP, programs.xskDrop(), BenchLink.RECEIVER, rings));
                known.put(PIPELINE, () -> Contender.inJava(PIPELINE, warmUp, WeirPipelineReceiver.class, capture, "0"));
                known.put(
                        LIBXDP_PAUSED,
                        () -> Contender.inC(LIBXDP_PAUSED, programs.xskDrop(), BenchLink.RECEIVER, rings, PAUSE_US));
                known.put(
                        LOOP_WOKEN,
                        () -> Contender.inJava(LOOP_WOKEN, warmUp, WeirLoopReceiver.class, capture + "&coalesce=off"));
                known.put(
                        LIBXDP_AGAIN, () -> Contender.inC(LIBXDP_AGAIN, programs.xskDrop(), BenchLink.RECEIVER, rings));
            }
            case TX -> {
                String transmitter = "xdp:%s?ring=%d".formatted(BenchLink.SENDER, ring);
                String flowCount = Integer.toString(flows);
                known.put(SENDER, () -> Contender.inJava(SENDER, warmUp, WeirSender.class, transmitter, flowCount));
                known.put(LIBXDP, () -> Contender.inC(LIBXDP, programs.xskSend(), BenchLink.SENDER, rings, flowCount));
                known.put(
                        LIBXDP_AGAIN,
                        () -> Contender.inC(LIBXDP_AGAIN, programs.xskSend(), BenchLink.SENDER, rings, flowCount));
            }
            case BRIDGE -> {
                String capture =
                        "xdp:%s,%s?bridge&mode=native&ring=%d".formatted(BenchLink.RECEIVER, BenchLink.ONWARDS, ring);
                known.put(LOOP, () -> Contender.inJava(LOOP, warmUp, WeirLoopReceiver.class, capture));
                known.put(
                        LIBXDP,
                        () -> Contender.inC(
                                LIBXDP, programs.xskBridge(), BenchLink.RECEIVER, BenchLink.ONWARDS, rings));
                known.put(PIPELINE, () -> Contender.inJava(PIPELINE, warmUp, WeirPipelineReceiver.class, capture, "0"));
                known.put(
                        LIBXDP_AGAIN,
                        () -> Contender.inC(
                                LIBXDP_AGAIN, programs.xskBridge(), BenchLink.RECEIVER, BenchLink.ONWARDS, rings));
            }
        }
        known.keySet().removeIf(name -> !only.isEmpty() && !only.contains(name));
        if (known.isEmpty()) {
            throw new WeirException("--only names none of the contenders of --part " + part);
        }
        return known.values().stream().map(Supplier::get).toList();
    }

    /** Something at the far end that takes what arrives, at the least cost. */
    private static AutoCloseable sink(BenchLink link, String end, NativePrograms programs) {
        return ReceiverProcess.start("the far end", link.inside(-1, List.of(programs.xdpSink(), end)));
    }

    private Sample receive(Contender contender, BenchLink link, Flood flood, int cpu, Part part) {
        try (ReceiverProcess receiver =
                ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()))) {
            flood.run(contender.warmUpSeconds());
            settle(SETTLE_MS);
            receiver.begin();
            long before = part == Part.BRIDGE ? link.arrived(BenchLink.END) : 0;
            long sent = flood.run(plan.seconds);
            settle(SETTLE_MS);
            Sample sample = new Sample(receiver.end(), sent);
            if (part == Part.BRIDGE) {
                long crossed = link.arrived(BenchLink.END) - before;
                if (crossed != sample.measurement().packets()) {
                    throw new WeirException(contender.name() + " took "
                            + sample.measurement().packets() + " packets, and " + crossed + " came out of the bridge");
                }
            }
            return sample;
        }
    }

    private Sample send(Contender contender, BenchLink link, int cpu) {
        try (ReceiverProcess sender = ReceiverProcess.start(contender.name(), link.inside(cpu, contender.command()))) {
            sender.begin();
            settle((long) (contender.warmUpSeconds() * 1000));
            sender.end();
            settle(SETTLE_MS);
            long before = link.arrived();
            sender.begin();
            settle((long) (plan.seconds * 1000));
            Measurement measurement = sender.end();
            settle(SETTLE_MS);
            return new Sample(measurement, link.arrived() - before);
        }
    }

    private static void settle(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted", stop);
        }
    }

    private void printConditions(Part part) {
        System.out.printf(
                Locale.ROOT,
                "%nAF_XDP %s of 64-byte UDP on veth, copy mode on native XDP, rings of %,d, %,d flows, %s, windows of %.1f s,"
                        + " %d rounds%nJDK %s, Linux %s, %d CPUs%n%n",
                switch (part) {
                    case RX -> "receive and drop";
                    case TX -> "transmit";
                    case BRIDGE -> "bridge";
                },
                ring,
                flows,
                part == Part.TX || rate == 0 ? "full speed" : String.format(Locale.ROOT, "%,d packets/s", rate),
                plan.seconds,
                plan.rounds,
                Runtime.version(),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors());
    }
}
