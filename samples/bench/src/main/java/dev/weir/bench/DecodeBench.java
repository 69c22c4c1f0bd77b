package dev.weir.bench;

import dev.weir.WeirException;
import dev.weir.bench.jmh.DecodeBenchmark;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@link DecodeBenchmark} in rounds: each contender once a round, in a fresh JVM, in alternating order. */
@Command(
        name = "decode",
        description = "Decodes the headers of mixed traffic: Weir beside pcap4j and C, with JMH.",
        mixinStandardHelpOptions = true)
final class DecodeBench implements Callable<Integer> {
    private static final String WEIR = "weir";
    private static final String C = "c";
    private static final String PCAP4J = "pcap4j";
    private static final String C_AGAIN = "c again";
    private static final double AT_LEAST_PCAP4J = 20;
    private static final double AT_LEAST_C = 0.5;
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    @Option(
            names = "--pairs",
            defaultValue = "10",
            description = "Rounds, each with every contender once (standard: ${DEFAULT-VALUE}).")
    int pairs;

    private final Map<String, List<Double>> ns = new LinkedHashMap<>();
    private final Map<String, Double> bytes = new LinkedHashMap<>();

    @Override
    public Integer call() throws RunnerException {
        if (pairs < 1) {
            throw new WeirException("at least one pair is needed, not " + pairs);
        }
        List<String> order = new ArrayList<>(List.of(WEIR, C, PCAP4J, C_AGAIN));
        order.forEach(name -> ns.put(name, new ArrayList<>()));
        for (int round = 0; round < pairs; round++) {
            for (String name : order) {
                measure(name);
            }
            java.util.Collections.reverse(order);
        }
        print();
        return 0;
    }

    private void measure(String name) throws RunnerException {
        String method = name.equals(C_AGAIN) ? C : name;
        RunResult result = new Runner(new OptionsBuilder()
                        .include("^" + DecodeBenchmark.class.getName().replace(".", "\\.") + "\\." + method + "$")
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(500))
                        .measurementIterations(2)
                        .measurementTime(TimeValue.milliseconds(500))
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .runSingle();
        ns.get(name).add(result.getPrimaryResult().getScore());
        bytes.put(name, result.getSecondaryResults().get(ALLOCATION).getScore());
    }

    private double[] samples(String name) {
        return ns.get(name).stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void print() {
        System.out.printf("%-12s %12s   %-20s %12s%n", "decoder", "ns/packet", "95 % interval", "B/packet");
        for (String name : List.of(WEIR, C, PCAP4J)) {
            MedianInterval interval = MedianInterval.of(samples(name));
            System.out.printf(
                    Locale.ROOT,
                    "%-12s %12.1f   %8.1f .. %-8.1f %12.1f%n",
                    name,
                    interval.median(),
                    interval.low(),
                    interval.high(),
                    bytes.get(name));
        }
        System.out.printf("%n%-28s %9s   %-20s   %s%n", "speed, side by side", "median", "95 % interval", "target");
        ratio("weir / pcap4j", PCAP4J, WEIR, AT_LEAST_PCAP4J);
        ratio("weir / c", C, WEIR, AT_LEAST_C);
        ratio("c / itself, the noise floor", C, C_AGAIN, Double.NaN);
        System.out.println("A target is met when the interval reaches it.");
    }

    /** Speed is the inverse of time: the ratio of speeds is that of the times, turned round. */
    private void ratio(String label, String slower, String faster, double target) {
        MedianInterval interval = MedianInterval.ofRatios(samples(slower), samples(faster));
        String verdict = Double.isNaN(target)
                ? ""
                : String.format(Locale.ROOT, "at least %.1f  %s", target, interval.high() >= target ? "met" : "MISSED");
        System.out.printf(
                Locale.ROOT,
                "%-28s %9.2f   %8.2f .. %-8.2f   %s%n",
                label,
                interval.median(),
                interval.low(),
                interval.high(),
                verdict);
    }
}
