package dev.weir.inspect;

import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.FlowState;
import dev.weir.Resumption;
import dev.weir.Verdict;
import java.util.HashMap;
import java.util.Map;

/** A flow with the numbers a test gives it. */
record FixedFlow(
        long id,
        FlowKey key,
        long packetsForward,
        long packetsReverse,
        long bytesForward,
        long bytesReverse,
        long firstSeenNs,
        long lastSeenNs,
        int flagsForward,
        int flagsReverse,
        Attribution attribution,
        Map<FlowState<?>, Object> states)
        implements Flow {

    /** 3 packets of 300 bytes there, 2 of 2,000 back, within 1.5 s. */
    static FixedFlow of(long id, FlowKey key, int flagsForward, int flagsReverse) {
        return new FixedFlow(
                id,
                key,
                3,
                2,
                300,
                2_000,
                1_491_600_277_251_547_000L,
                1_491_600_278_751_547_000L,
                flagsForward,
                flagsReverse,
                Attribution.PENDING,
                new HashMap<>());
    }

    FixedFlow withBytes(long forward, long reverse) {
        return new FixedFlow(
                id,
                key,
                packetsForward,
                packetsReverse,
                forward,
                reverse,
                firstSeenNs,
                lastSeenNs,
                flagsForward,
                flagsReverse,
                attribution,
                states);
    }

    FixedFlow withPackets(long forward, long reverse) {
        return new FixedFlow(
                id,
                key,
                forward,
                reverse,
                bytesForward,
                bytesReverse,
                firstSeenNs,
                lastSeenNs,
                flagsForward,
                flagsReverse,
                attribution,
                states);
    }

    FixedFlow with(Attribution answer) {
        return new FixedFlow(
                id,
                key,
                packetsForward,
                packetsReverse,
                bytesForward,
                bytesReverse,
                firstSeenNs,
                lastSeenNs,
                flagsForward,
                flagsReverse,
                answer,
                states);
    }

    @Override
    public long packets(Direction direction) {
        return direction == Direction.FORWARD ? packetsForward : packetsReverse;
    }

    @Override
    public long bytes(Direction direction) {
        return direction == Direction.FORWARD ? bytesForward : bytesReverse;
    }

    @Override
    public int tcpFlags(Direction direction) {
        return direction == Direction.FORWARD ? flagsForward : flagsReverse;
    }

    @Override
    @SuppressWarnings("unchecked") // put() stores a T under a FlowState<T>
    public <T> T get(FlowState<T> key) {
        return (T) states.get(key);
    }

    @Override
    public <T> void put(FlowState<T> key, T state) {
        states.put(key, state);
    }

    @Override
    public Verdict verdict() {
        return null;
    }

    @Override
    public Resumption resumption() {
        throw new UnsupportedOperationException("a view holds nothing");
    }
}
