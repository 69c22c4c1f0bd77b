package dev.weir.inspect;

import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Decisions;
import dev.weir.Ledger.Outcome;
import dev.weir.Ledger.QueueCounts;
import dev.weir.Ledger.WorkerCounts;
import dev.weir.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** The books of an inspection in a few lines: what came, what was lost, and whatever else is not as usual. */
final class LedgerText {
    private LedgerText() {}

    static List<String> lines(Ledger ledger) {
        List<String> lines = new ArrayList<>();
        lines.add(Units.count(ledger.received(), "packet") + ", " + Units.bytes(ledger.receivedBytes()) + "; "
                + losses(ledger));
        flows(ledger, lines);
        decisions(ledger, lines);
        if (ledger.recorded() + ledger.recordMissed() > 0) {
            lines.add(Units.count(ledger.recorded(), "packet") + " recorded"
                    + (ledger.recordMissed() == 0
                            ? ""
                            : ", " + Units.count(ledger.recordMissed()) + " not: the disk "
                                    + (ledger.recordFailure().isEmpty() ? "was too slow" : "failed")));
        }
        if (ledger.attributions() > 0) {
            lines.add(Units.count(ledger.attributions(), "answer") + " about processes"
                    + (ledger.contradictions() == 0
                            ? ""
                            : ", " + Units.count(ledger.contradictions()) + " contradicting earlier ones"));
        }
        long errors = ledger.workers().stream()
                .mapToLong(WorkerCounts::classifierErrors)
                .sum();
        if (errors > 0) {
            lines.add(Units.count(errors, "classifier error"));
        }
        if (!ledger.isBalanced()) {
            lines.add(Units.count(ledger.inFlight()) + " in flight, " + Units.count(ledger.undecided())
                    + " without a verdict");
        }
        return lines;
    }

    private static String losses(Ledger ledger) {
        if (ledger.lost() == 0) {
            return "none lost";
        }
        List<String> causes = new ArrayList<>();
        for (Loss loss : Loss.values()) {
            if (ledger.lost(loss) > 0) {
                causes.add(words(loss) + " " + Units.count(ledger.lost(loss)));
            }
        }
        String perQueue = ledger.queues().size() == 1 ? "" : "; " + queues(ledger.queues());
        return Units.count(ledger.lost()) + " lost (" + String.join(", ", causes) + perQueue + ")";
    }

    private static String queues(List<QueueCounts> queues) {
        List<String> parts = new ArrayList<>();
        for (QueueCounts queue : queues) {
            long lost =
                    queue.losses().values().stream().mapToLong(Long::longValue).sum();
            if (lost > 0) {
                parts.add("queue " + queue.queue() + " " + Units.count(lost));
            }
        }
        return String.join(", ", parts);
    }

    private static void flows(Ledger ledger, List<String> lines) {
        StringBuilder text = new StringBuilder();
        text.append(Units.count(sum(ledger, WorkerCounts::flowsCreated), "flow"));
        // Which have left the table by now, closed or idle, is chance: the sweep comes by in the order of their hashes.
        long early = sum(ledger, WorkerCounts::flowsEvicted);
        if (early > 0) {
            text.append(", ").append(Units.count(early)).append(" ended early because the table was full");
        }
        lines.add(text.toString());
    }

    private static long sum(Ledger ledger, ToLongFunction<WorkerCounts> count) {
        return ledger.workers().stream().mapToLong(count).sum();
    }

    /** An inspection has no opinion about packets: what was decided otherwise is worth a line. */
    private static void decisions(Ledger ledger, List<String> lines) {
        Decisions decisions = ledger.decisions();
        for (Outcome outcome : Outcome.values()) {
            for (Cause cause : Cause.values()) {
                long count = decisions.count(outcome, cause);
                boolean usual = outcome == Outcome.ACCEPTED && cause == Cause.NO_OPINION;
                if (count > 0 && !usual) {
                    lines.add(Units.count(count, "packet") + " " + words(outcome) + ": " + words(cause));
                }
            }
        }
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
