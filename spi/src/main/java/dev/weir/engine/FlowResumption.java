package dev.weir.engine;

import dev.weir.Resumption;
import dev.weir.Verdict;
import java.util.Objects;

/** Carries a wake-up from any thread to the shard of the flow. */
final class FlowResumption implements Resumption {
    private final FlowEntry flow;

    FlowResumption(FlowEntry flow) {
        this.flow = flow;
    }

    @Override
    public void reconsider() {
        if (flow.heldCount > 0) {
            flow.shard().post(() -> flow.shard().reconsider(flow));
        }
    }

    @Override
    public void decide(Verdict verdict) {
        Objects.requireNonNull(verdict, "verdict");
        if (verdict.kind() == Verdict.Kind.HOLD || verdict.kind() == Verdict.Kind.REPLACE) {
            throw new IllegalArgumentException(verdict.kind() + " cannot decide packets that are held");
        }
        flow.shard().post(() -> flow.shard().decideHeld(flow, verdict));
    }
}
