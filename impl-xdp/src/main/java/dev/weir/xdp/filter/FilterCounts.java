package dev.weir.xdp.filter;

import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.BpfMap;

/** A snapshot of the programs' counters, by outcome. */
public final class FilterCounts {
    private final long[] packets = new long[Layout.WEIR_OUTCOMES];
    private final long[] bytes = new long[Layout.WEIR_OUTCOMES];

    private FilterCounts() {}

    static FilterCounts read(BpfMap map) {
        FilterCounts counts = new FilterCounts();
        NativeBuffer key = map.newKey();
        NativeBuffer value = map.newValue();
        for (int outcome = 0; outcome < Layout.WEIR_OUTCOMES; outcome++) {
            key.bytes().putInt(0, outcome);
            map.lookup(key, value);
            // One copy for each processor.
            for (int at = 0; at < value.lengthBytes(); at += Layout.Count.BYTES) {
                counts.packets[outcome] += value.bytes().getLong(at + Layout.Count.PACKETS);
                counts.bytes[outcome] += value.bytes().getLong(at + Layout.Count.BYTE_COUNT);
            }
        }
        return counts;
    }

    long packets(int outcome) {
        return packets[outcome];
    }

    long bytes(int outcome) {
        return bytes[outcome];
    }

    /** Packets that went to an AF_XDP socket, or would have from tc. */
    public long steered() {
        return packets[Layout.WEIR_STEERED];
    }

    /** Packets that were to go to a socket, and no socket is bound to their queue: the kernel's stack has them. */
    public long withoutSocket() {
        return packets[Layout.WEIR_NO_SOCKET];
    }

    /** Packets that went to the kernel's stack because nothing here concerned them. */
    public long passed() {
        return packets[Layout.WEIR_PASSED];
    }
}
