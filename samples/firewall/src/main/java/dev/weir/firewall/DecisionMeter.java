package dev.weir.firewall;

import dev.weir.Decision;
import dev.weir.DecisionListener;
import dev.weir.Reason;
import dev.weir.Verdict.Kind;
import java.util.HashMap;
import java.util.Map;

/** Counts what was dropped, by reason, and how long packets waited; beside the pipeline, on the listener's thread. */
final class DecisionMeter implements DecisionListener {
    private final LatencyRecorder latency = new LatencyRecorder();
    private final Map<Reason, long[]> drops = new HashMap<>();

    @Override
    public void decided(Decision decision) {
        latency.record(decision.decidedNs() - decision.timestampNs());
        Kind kind = decision.verdict().kind();
        if (kind == Kind.DROP || kind == Kind.REJECT) {
            Reason reason = decision.verdict().reason();
            synchronized (drops) {
                long[] count = drops.get(reason);
                if (count == null) {
                    count = new long[1];
                    drops.put(reason, count);
                }
                count[0]++;
            }
        }
    }

    LatencyRecorder latency() {
        return latency;
    }

    /** Packets dropped or rejected, by reason. */
    Map<Reason, Long> drops() {
        synchronized (drops) {
            Map<Reason, Long> copy = new HashMap<>();
            drops.forEach((reason, count) -> copy.put(reason, count[0]));
            return copy;
        }
    }
}
