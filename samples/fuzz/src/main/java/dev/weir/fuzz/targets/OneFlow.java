package dev.weir.fuzz.targets;

import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.FlowState;
import dev.weir.Resumption;
import dev.weir.Verdict;

/** A flow outside a pipeline, which keeps one state. */
final class OneFlow implements Flow {
    private static final Resumption NOBODY = new Resumption() {
        @Override
        public void reconsider() {
            // nothing is held here
        }

        @Override
        public void decide(Verdict verdict) {
            // nothing is held here
        }
    };

    private final FlowKey key;
    private FlowState<Object> stateKey;
    private Object state;

    OneFlow(FlowKey key) {
        this.key = key;
    }

    /** The flow ends: its state is released. */
    void end() {
        put(stateKey, null);
    }

    @Override
    public long id() {
        return 1;
    }

    @Override
    public FlowKey key() {
        return key;
    }

    @Override
    public long packets(Direction direction) {
        return 0;
    }

    @Override
    public long bytes(Direction direction) {
        return 0;
    }

    @Override
    public long firstSeenNs() {
        return 0;
    }

    @Override
    public long lastSeenNs() {
        return 0;
    }

    @Override
    public int tcpFlags(Direction direction) {
        return 0;
    }

    @Override
    @SuppressWarnings("unchecked") // one classifier, one key
    public <T> T get(FlowState<T> key) {
        return (T) state;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> void put(FlowState<T> key, T value) {
        Object before = state;
        stateKey = (FlowState<Object>) key;
        state = value;
        if (before != null && before != value) {
            stateKey.release(before);
        }
    }

    @Override
    public Verdict verdict() {
        return null;
    }

    @Override
    public Attribution attribution() {
        return Attribution.PENDING;
    }

    @Override
    public Resumption resumption() {
        return NOBODY;
    }
}
