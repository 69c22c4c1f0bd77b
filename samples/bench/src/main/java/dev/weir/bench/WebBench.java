package dev.weir.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What a filter between a web server and its clients costs: wrk against nginx, through no queue, through Weir with a
 * hundred rules, and through the two C programs, which have none. Each filter has a queue of its own; between windows a
 * rule leads the traffic from one to the next, so that all stay warm.
 */
final class WebBench {
    private static final String NONE = "no queue";
    private static final String WEIR = "weir, 100 rules";
    private static final String BATCHED = "C batched";
    private static final String LIBRARY = "libnetfilter_queue";
    private static final String BATCHED_AGAIN = "C batched again";
    private static final int NO_QUEUE = -1;

    private final MeasuringPlan plan;
    private final NativePrograms programs;
    private final boolean busy;
    private final String congestionControl;
    private final PrintStream out;

    private final Map<String, List<WebSample>> samples = new LinkedHashMap<>();

    /**
     * @param busy true: filters never sleep, and only the one that is measured runs
     * @param congestionControl of the server, for the table's title
     */
    WebBench(MeasuringPlan plan, NativePrograms programs, boolean busy, String congestionControl, PrintStream out) {
        this.plan = plan;
        this.programs = programs;
        this.busy = busy;
        this.congestionControl = congestionControl;
        this.out = out;
    }

    /** Measures one page over so many connections, and prints the table. */
    void run(WebLab lab, String page, int connections) {
        samples.clear();
        List<Contender> contenders = contenders();
        contenders.forEach(contender -> samples.put(contender.name(), new ArrayList<>()));
        if (busy) {
            rounds(contenders, contender -> {
                ReceiverProcess filter = start(lab, contender);
                try {
                    lab.leadTo(queueOf(contender));
                    lab.load(page, connections, contender.warmUpSeconds());
                    return measure(lab, page, connections, contender);
                } finally {
                    close(filter);
                }
            });
        } else {
            List<ReceiverProcess> filters = new ArrayList<>();
            try {
                contenders.forEach(contender -> filters.add(start(lab, contender)));
                for (Contender contender : contenders) {
                    lab.leadTo(queueOf(contender));
                    lab.load(page, connections, contender.warmUpSeconds());
                }
                rounds(contenders, contender -> measure(lab, page, connections, contender));
            } finally {
                filters.forEach(WebBench::close);
            }
        }
        lab.leadTo(NO_QUEUE);
        print(page, connections);
    }

    private interface Measure {
        WebSample of(Contender contender);
    }

    private void rounds(List<Contender> contenders, Measure measure) {
        List<Contender> order = new ArrayList<>(contenders);
        for (int round = 1; round <= plan.rounds; round++) {
            for (Contender contender : order) {
                WebSample sample = measure.of(contender);
                samples.get(contender.name()).add(sample);
                System.err.printf(
                        Locale.ROOT,
                        "round %d  %-22s %,9.0f requests/s  p50 %,7.0f us  p99 %,8.0f us  %d errors%n",
                        round,
                        contender.name(),
                        sample.requestsPerSecond(),
                        sample.p50Us(),
                        sample.p99Us(),
                        sample.errors());
            }
            Collections.reverse(order);
        }
    }

    private WebSample measure(WebLab lab, String page, int connections, Contender contender) {
        lab.leadTo(queueOf(contender));
        return lab.load(page, connections, plan.seconds);
    }

    private List<Contender> contenders() {
        String mode = busy ? "busy" : "poll";
        return List.of(
                new Contender(NONE, List.of(), 1),
                Contender.inJava(
                        WEIR,
                        plan.warmUpSeconds,
                        WebReceiver.class,
                        "nfqueue:1?queue-length=100000&receive-buffer=64M",
                        mode),
                Contender.inC(BATCHED, programs.queueBatched(), "0", "2", mode),
                Contender.inC(LIBRARY, programs.queueLibrary(), "0", "3", mode),
                Contender.inC(BATCHED_AGAIN, programs.queueBatched(), "0", "4", mode));
    }

    private static int queueOf(Contender contender) {
        return switch (contender.name()) {
            case WEIR -> 1;
            case BATCHED -> 2;
            case LIBRARY -> 3;
            case BATCHED_AGAIN -> 4;
            default -> NO_QUEUE;
        };
    }

    private static ReceiverProcess start(WebLab lab, Contender contender) {
        return contender.command().isEmpty()
                ? null
                : ReceiverProcess.start(contender.name(), lab.onFilter(contender.command()));
    }

    private static void close(ReceiverProcess filter) {
        if (filter != null) {
            filter.close();
        }
    }

    // ---- the table

    private void print(String page, int connections) {
        out.printf(
                Locale.ROOT,
                "%n%s page, %d connections, TCP %s, %s, %d rounds of %.0f s, JDK %s, Linux %s, %d CPUs%n%n",
                page.equals("small") ? "128-byte" : "64 KiB",
                connections,
                congestionControl,
                busy ? "never sleeping" : "poll",
                plan.rounds,
                plan.seconds,
                Runtime.version(),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors());
        out.printf(
                "%-22s %12s   %-22s %10s %10s %8s%n",
                "filter", "requests/s", "95 % interval", "p50 us", "p99 us", "errors");
        samples.forEach((name, all) -> {
            MedianInterval rate = MedianInterval.of(figures(name, WebSample::requestsPerSecond));
            out.printf(
                    Locale.ROOT,
                    "%-22s %,12.0f   %,9.0f .. %-,9.0f %,10.0f %,10.0f %8d%n",
                    name,
                    rate.median(),
                    rate.low(),
                    rate.high(),
                    MedianInterval.of(figures(name, WebSample::p50Us)).median(),
                    MedianInterval.of(figures(name, WebSample::p99Us)).median(),
                    all.stream().mapToLong(WebSample::errors).sum());
        });
        out.printf("%n%-48s %8s   %-18s   %s%n", "side by side", "median", "95 % interval", "target");
        ratio("requests/s: weir / better C", WebSample::requestsPerSecond, true, 1.0);
        ratio("p99: weir / better C", WebSample::p99Us, false, 1.1);
        peers("requests/s", WebSample::requestsPerSecond, true);
        peers("p99", WebSample::p99Us, false);
        row("requests/s: C batched / itself", ofPair(BATCHED_AGAIN, BATCHED, WebSample::requestsPerSecond), "");
        row("p99: C batched / itself", ofPair(BATCHED_AGAIN, BATCHED, WebSample::p99Us), "");
        row("requests/s: weir / no queue", ofPair(WEIR, NONE, WebSample::requestsPerSecond), "");
        if (connections == 1) {
            double[] better = better(added(BATCHED), added(LIBRARY), false);
            MedianInterval added = MedianInterval.ofRatios(added(WEIR), better);
            row("added p50: weir / better C", added, target(added.low() <= 1.1, "at most 1.10"));
            row("added p50: weir / C batched", MedianInterval.ofRatios(added(WEIR), added(BATCHED)), "");
            row("added p50: weir / libnetfilter_queue", MedianInterval.ofRatios(added(WEIR), added(LIBRARY)), "");
            row("added p50: C batched again / better C", MedianInterval.ofRatios(added(BATCHED_AGAIN), better), "");
            row("added p50: C batched / itself", MedianInterval.ofRatios(added(BATCHED_AGAIN), added(BATCHED)), "");
        }
        long errors = samples.get(WEIR).stream().mapToLong(WebSample::errors).sum();
        out.println("errors and timeouts with weir: " + errors + "  " + target(errors == 0, "none"));
    }

    private void ratio(String what, ToDoubleFunction<WebSample> figure, boolean more, double limit) {
        MedianInterval interval = besideBetter(WEIR, figure, more);
        boolean met = more ? interval.high() >= limit : interval.low() <= limit;
        String bound = String.format(Locale.ROOT, "%s %.2f", more ? "at least" : "at most", limit);
        row(what, interval, target(met, bound));
    }

    /**
     * Each peer by itself; and what a third program in C gets beside the better of two in each round, which is the better
     * of two draws: the noise floor of the comparison that has the target.
     */
    private void peers(String what, ToDoubleFunction<WebSample> figure, boolean more) {
        row(what + ": weir / C batched", ofPair(WEIR, BATCHED, figure), "");
        row(what + ": weir / libnetfilter_queue", ofPair(WEIR, LIBRARY, figure), "");
        row(what + ": C batched again / better C", besideBetter(BATCHED_AGAIN, figure, more), "");
    }

    private MedianInterval besideBetter(String name, ToDoubleFunction<WebSample> figure, boolean more) {
        double[] better = better(figures(BATCHED, figure), figures(LIBRARY, figure), more);
        return MedianInterval.ofRatios(figures(name, figure), better);
    }

    private static String target(boolean met, String what) {
        return what + "  " + (met ? "met" : "MISSED");
    }

    private void row(String what, MedianInterval interval, String target) {
        out.println(String.format(
                        Locale.ROOT,
                        "%-48s %8.2f   %7.2f .. %-7.2f   %s",
                        what,
                        interval.median(),
                        interval.low(),
                        interval.high(),
                        target)
                .stripTrailing());
    }

    private MedianInterval ofPair(String left, String right, ToDoubleFunction<WebSample> figure) {
        return MedianInterval.ofRatios(figures(left, figure), figures(right, figure));
    }

    private double[] figures(String name, ToDoubleFunction<WebSample> figure) {
        return samples.get(name).stream().mapToDouble(figure).toArray();
    }

    /** What a filter adds to the median of a request, in each round. */
    private double[] added(String name) {
        double[] with = figures(name, WebSample::p50Us);
        double[] without = figures(NONE, WebSample::p50Us);
        for (int i = 0; i < with.length; i++) {
            with[i] -= without[i];
        }
        return with;
    }

    private static double[] better(double[] one, double[] other, boolean more) {
        double[] best = one.clone();
        for (int i = 0; i < best.length; i++) {
            best[i] = more ? Math.max(one[i], other[i]) : Math.min(one[i], other[i]);
        }
        return best;
    }
}
