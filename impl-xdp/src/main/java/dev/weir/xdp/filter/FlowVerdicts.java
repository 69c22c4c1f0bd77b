package dev.weir.xdp.filter;

import dev.weir.FlowKey;
import dev.weir.Verdict;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.linux.bpf.MapScan;
import dev.weir.xdp.filter.Layout.Flow;
import dev.weir.xdp.filter.Layout.FlowKeyStruct;
import java.nio.ByteBuffer;

/**
 * Verdicts for the rest of flows, in the map {@code flows}: collected, written in batches, and taken out when they have
 * ended. The programs leave ended ones alone, so it does not matter when that is. For one thread.
 */
final class FlowVerdicts {
    private static final int BATCH = 1024;
    private static final long SCAN_MIN_NS = 1_000_000_000L;
    private static final long SCAN_MAX_NS = 30_000_000_000L;
    private static final int SCANS_PER_LIFETIME = 8;

    private final BpfMap flows;
    private final long lifetimeNs;
    private final NativeBuffer keys = NativeBuffer.allocate(BATCH * FlowKeyStruct.BYTES);
    private final NativeBuffer values = NativeBuffer.allocate(BATCH * Flow.BYTES);
    private int collected;
    private int noRoom;
    private long scannedNs = System.nanoTime();
    private volatile int installed;

    FlowVerdicts(BpfMap flows, long lifetimeNs) {
        this.flows = flows;
        this.lifetimeNs = lifetimeNs;
    }

    boolean install(FlowKey key, Verdict.Kind verdict) {
        if (!FlowKeys.isKnown(key) || lifetimeNs == 0) {
            return false;
        }
        if (collected == BATCH) {
            write();
        }
        FlowKeys.write(key, keys.bytes(), collected * FlowKeyStruct.BYTES);
        int at = collected * Flow.BYTES;
        ByteBuffer value = values.bytes();
        value.putLong(at + Flow.PACKETS, 0);
        value.putLong(at + Flow.BYTE_COUNT, 0);
        value.putLong(at + Flow.LAST_SEEN_NS, System.nanoTime()); // CLOCK_MONOTONIC, as the programs read it
        value.putInt(
                at + Flow.OUTCOME, verdict == Verdict.Kind.DROP ? Layout.WEIR_FLOW_DROPPED : Layout.WEIR_FLOW_ACCEPTED);
        value.putInt(at + Flow.STATE, 0);
        collected++;
        return true;
    }

    /** Returns how many had no room since the last call. */
    int flush() {
        write();
        int lost = noRoom;
        noRoom = 0;
        return lost;
    }

    private void write() {
        int count = collected;
        collected = 0;
        if (flows.tryPutAll(keys, values, count) >= 0) {
            installed += count;
            return;
        }
        // One of them had no room, perhaps; one by one it shows which are in.
        NativeBuffer key = flows.newKey();
        NativeBuffer value = flows.newValue();
        for (int i = 0; i < count; i++) {
            key.bytes().put(0, keys.bytes(), i * FlowKeyStruct.BYTES, FlowKeyStruct.BYTES);
            value.bytes().put(0, values.bytes(), i * Flow.BYTES, Flow.BYTES);
            if (flows.tryPut(key, value, BpfUapi.BPF_ANY) < 0) {
                noRoom++;
            } else {
                installed++;
            }
        }
    }

    /** Takes ended ones out; looks at all of them when an eighth of a lifetime has passed since the last time. */
    void expire() {
        long nowNs = System.nanoTime();
        long periodNs = Math.max(SCAN_MIN_NS, Math.min(SCAN_MAX_NS, lifetimeNs / SCANS_PER_LIFETIME));
        if (nowNs - scannedNs >= periodNs) {
            scannedNs = nowNs;
            removeEnded(nowNs);
        }
    }

    void removeEnded(long nowNs) {
        int left = 0;
        NativeBuffer ended = NativeBuffer.allocate(BATCH * FlowKeyStruct.BYTES);
        int count = 0;
        for (MapScan scan = flows.scan(); scan.next(); ) {
            for (int i = 0; i < scan.count(); i++) {
                ByteBuffer value = scan.values().bytes();
                boolean idle = nowNs - value.getLong(i * Flow.BYTES + Flow.LAST_SEEN_NS) > lifetimeNs;
                if (!idle && (value.getInt(i * Flow.BYTES + Flow.STATE) & Layout.WEIR_OVER) == 0) {
                    left++;
                    continue;
                }
                if (count == BATCH) {
                    flows.removeAll(ended, count);
                    count = 0;
                }
                ended.bytes()
                        .put(
                                count++ * FlowKeyStruct.BYTES,
                                scan.keys().bytes(),
                                i * FlowKeyStruct.BYTES,
                                FlowKeyStruct.BYTES);
            }
        }
        flows.removeAll(ended, count);
        installed = left;
    }

    int installed() {
        return installed;
    }
}
