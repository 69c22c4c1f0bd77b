package dev.weir.firewall;

import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Decisions;
import dev.weir.Ledger.Outcome;
import dev.weir.Ledger.QueueCounts;
import dev.weir.Ledger.WorkerCounts;
import dev.weir.Loss;
import dev.weir.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What is said at the end: the books, what was dropped and why, and how long packets waited for their verdict. */
final class FinalReport {
    private static final int REASONS_MAX = 30;

    private FinalReport() {}

    static List<String> lines(Ledger ledger, DecisionMeter meter) {
        List<String> lines = new ArrayList<>();
        books(ledger, lines);
        drops(ledger, meter, lines);
        latency(ledger, meter.latency(), lines);
        return lines;
    }

    private static void books(Ledger ledger, List<String> lines) {
        lines.add("ledger: " + Numbers.count(ledger.received()) + " received, " + Numbers.count(ledger.accepted())
                + " passed, " + Numbers.count(ledger.dropped()) + " not; "
                + (ledger.isBalanced()
                        ? "balanced"
                        : Numbers.count(ledger.inFlight()) + " in flight, " + Numbers.count(ledger.undecided())
                                + " without a verdict"));
        Decisions all = ledger.decisions();
        for (Outcome outcome : Outcome.values()) {
            for (Cause cause : Cause.values()) {
                if (all.count(outcome, cause) > 0) {
                    lines.add(line(all.count(outcome, cause), Numbers.words(outcome) + ", " + Numbers.words(cause)));
                }
            }
        }
        for (Loss loss : Loss.values()) {
            if (ledger.lost(loss) > 0) {
                lines.add(line(ledger.lost(loss), "without us: " + Numbers.words(loss)));
            }
        }
        count(ledger.unsupported(), "verdicts that could not be carried out as given", lines);
        count(ledger.abandoned(), "abandoned: their classifier did not return", lines);
        if (ledger.queues().size() > 1) {
            for (QueueCounts queue : ledger.queues()) {
                lines.add(line(queue.received(), "by queue " + queue.queue()));
            }
        }
        if (ledger.workers().size() > 1) {
            for (WorkerCounts worker : ledger.workers()) {
                lines.add(line(worker.classified(), "classified by worker " + worker.worker()));
            }
        }
    }

    private static void drops(Ledger ledger, DecisionMeter meter, List<String> lines) {
        if (ledger.dropped() == 0) {
            lines.add("drops: none");
            return;
        }
        lines.add("drops by reason:");
        List<Map.Entry<Reason, Long>> reasons = meter.drops().entrySet().stream()
                .sorted(Map.Entry.<Reason, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(entry -> entry.getKey().toString()))
                .toList();
        for (Map.Entry<Reason, Long> entry : reasons.subList(0, Math.min(REASONS_MAX, reasons.size()))) {
            lines.add(line(
                    entry.getValue(),
                    entry.getKey().equals(Reason.NONE)
                            ? "no rule"
                            : entry.getKey().toString()));
        }
        long more = reasons.stream()
                .skip(REASONS_MAX)
                .mapToLong(Map.Entry::getValue)
                .sum();
        count(more, "for " + (reasons.size() - REASONS_MAX) + " further reasons", lines);
        count(ledger.listenerMissed(), "decisions not counted here: the report was too slow", lines);
    }

    private static void latency(Ledger ledger, LatencyRecorder latency, List<String> lines) {
        if (latency.count() == 0) {
            return;
        }
        StringBuilder text = new StringBuilder("kernel to verdict:");
        for (double percent : new double[] {50, 90, 99, 99.9}) {
            text.append(" p").append(percent == Math.rint(percent) ? Long.toString((long) percent) : percent);
            text.append(' ').append(Numbers.time(latency.percentileNs(percent))).append(',');
        }
        lines.add(text + " max " + Numbers.time(latency.maxNs()));
    }

    private static void count(long number, String what, List<String> lines) {
        if (number > 0) {
            lines.add(line(number, what));
        }
    }

    private static String line(long number, String what) {
        return String.format("%14s  %s", Numbers.count(number), what);
    }
}
