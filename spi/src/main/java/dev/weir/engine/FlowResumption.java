package dev.weir.engine;

import dev.weir.Resumption;
import dev.weir.Verdict;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries a wake-up from any thread to the shard of the flow. It is carried there also when nothing is held: the
 * classifier may be about to say that it holds the packet it is being asked about.
 */
final class FlowResumption implements Resumption {
    private final FlowEntry flow;
    private final AtomicBoolean reconsiderPosted = new AtomicBoolean();

    FlowResumption(FlowEntry flow) {
        this.flow = flow;
    }

    @Override
    public void reconsider() {
        if (reconsiderPosted.compareAndSet(false, true)) {
            flow.shard().post(this::runReconsider);
        }
    }

    private void runReconsider() {
        reconsiderPosted.set(false); // before the question: what is known from now on asks again
        flow.shard().reconsider(flow);
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
