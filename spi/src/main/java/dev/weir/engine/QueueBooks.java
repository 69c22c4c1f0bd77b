package dev.weir.engine;

import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Loss;
import dev.weir.Reason;
import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureQueue;
import java.util.EnumMap;
import java.util.Map;

/** What came by one queue and what became of it. Written by whoever owns the queue, read by any thread. */
final class QueueBooks {
    private static final Loss[] LOSS = Loss.values();
    private static final int CAUSES = Cause.values().length;
    private static final int DECISIONS = Outcome.values().length * CAUSES;
    private static final int RECEIVED = DECISIONS;
    private static final int RECEIVED_BYTES = DECISIONS + 1;
    private static final int UNDECIDED = DECISIONS + 2;
    private static final int UNSUPPORTED = DECISIONS + 3;
    private static final int LOSSES = DECISIONS + 4;

    private final Counts counts = new Counts(LOSSES + LOSS.length);
    private final ReasonCounts reasons = new ReasonCounts();

    /** Where the last decision was counted. */
    private int last;

    void received(int packets, long bytes) {
        counts.add(RECEIVED_BYTES, bytes);
        counts.add(RECEIVED, packets);
    }

    void decided(int packets, Kind kind, Cause cause, Reason reason) {
        last = PipelineConfig.outcome(kind).ordinal() * CAUSES + cause.ordinal();
        counts.add(last, packets);
        if (reason != Reason.NONE) {
            reasons.add(reason, packets);
        }
    }

    /** One more packet is decided as the last was, which had no reason. */
    void decidedAgain() {
        counts.add(last, 1);
    }

    void unsupported(int packets) {
        counts.add(UNSUPPORTED, packets);
    }

    /** Everything that was received and has no decision will get none. */
    void closeUndecided() {
        long undecided = counts.get(RECEIVED) - counts.get(UNDECIDED);
        for (int i = 0; i < DECISIONS; i++) {
            undecided -= counts.get(i);
        }
        counts.add(UNDECIDED, undecided);
    }

    /** Takes over what the source counted. */
    void readLosses(CaptureQueue queue) {
        queue.refreshLosses();
        for (Loss loss : LOSS) {
            counts.set(LOSSES + loss.ordinal(), queue.lost(loss));
        }
    }

    Ledger.QueueCounts snapshot(int queue) {
        long[] table = new long[DECISIONS];
        for (int i = 0; i < DECISIONS; i++) {
            table[i] = counts.get(i);
        }
        Map<Loss, Long> losses = new EnumMap<>(Loss.class);
        for (Loss loss : LOSS) {
            long count = counts.get(LOSSES + loss.ordinal());
            if (count != 0) {
                losses.put(loss, count);
            }
        }
        return new Ledger.QueueCounts(
                queue, counts.get(RECEIVED), counts.get(RECEIVED_BYTES), new Ledger.Decisions(table), losses);
    }

    void addReasons(Map<Reason, Long> sums) {
        reasons.addTo(sums);
    }

    long undecided() {
        return counts.get(UNDECIDED);
    }

    long unsupportedVerdicts() {
        return counts.get(UNSUPPORTED);
    }
}
