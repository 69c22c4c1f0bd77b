package dev.weir.xdp.filter;

import dev.weir.Blocklist;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.spi.PacketMark;
import java.nio.ByteBuffer;

/**
 * The maps of a loaded object, {@code xdp.bpf.o} or {@code tc.bpf.o}. As loaded, nothing is blocked, no flow has a
 * verdict, and everything goes to Weir. Any thread may call, one at a time.
 */
public final class FilterMaps implements AutoCloseable {
    private final Control control;
    private final BpfMap counts;
    private final BpfMap steering;
    private final BpfMap steeringPrefixes4;
    private final BpfMap steeringPrefixes6;
    private final BpfMap flows;
    private final BlocklistMaps blocklist;

    /** Of an object that is loaded; it has to stay open for as long as this. */
    public FilterMaps(BpfObject object) {
        counts = object.map("counts");
        steering = object.map("steering");
        steeringPrefixes4 = object.map("steering_prefixes4");
        steeringPrefixes6 = object.map("steering_prefixes6");
        control = new Control(object.map("control"));
        requireSizes();
        flows = object.map("flows");
        blocklist = new BlocklistMaps(object, control);
    }

    /** Beside the test, which needs the objects' BTF: an object of another version is not written to. */
    private void requireSizes() {
        if (counts.valueBytes() != Layout.Count.BYTES
                || counts.maxEntries() != Layout.WEIR_OUTCOMES
                || steeringPrefixes4.keyBytes() != Layout.Prefix4.BYTES
                || steeringPrefixes6.keyBytes() != Layout.Prefix6.BYTES) {
            control.close();
            throw new IllegalStateException("the BPF object is not the one that belongs to this class");
        }
    }

    /**
     * Says what goes to Weir; called once, before or after the program is attached. What comes while the entries are
     * being written is treated as before.
     */
    public void steer(Steering rules) {
        NativeBuffer key = NativeBuffer.allocate(Layout.Prefix6.BYTES);
        NativeBuffer value = NativeBuffer.allocate(Integer.BYTES);
        for (Steering.Entry entry : rules.entries()) {
            value.bytes().putInt(0, entry.value());
            if (entry.prefix() == null) {
                key.bytes().putInt(0, entry.key());
                steering.put(key, value);
            } else if (entry.kind() == Layout.WEIR_STEER_PREFIXES4) {
                writePrefix4(key.bytes(), 0, entry.prefix());
                steeringPrefixes4.put(key, value);
            } else {
                writePrefix6(key.bytes(), 0, entry.prefix());
                steeringPrefixes6.put(key, value);
            }
        }
        control.steering(rules.control());
    }

    private static void writePrefix4(ByteBuffer to, int offset, Prefix prefix) {
        to.putInt(offset + Layout.Prefix4.LENGTH, prefix.lengthBits());
        ByteOrders.put32(
                to, offset + Layout.Prefix4.ADDRESS, (int) prefix.address().low());
    }

    private static void writePrefix6(ByteBuffer to, int offset, Prefix prefix) {
        to.putInt(offset + Layout.Prefix6.LENGTH, prefix.lengthBits());
        ByteOrders.put128(
                to,
                offset + Layout.Prefix6.ADDRESS,
                prefix.address().high(),
                prefix.address().low());
    }

    /** As {@link dev.weir.KernelFilter#block}. */
    void block(Blocklist list) {
        blocklist.replace(list);
    }

    /** Verdicts for flows, for one thread; from now on the programs look for them, when there is a lifetime. */
    FlowVerdicts flowVerdicts(long lifetimeNs) {
        control.flowLifetimeNs(lifetimeNs);
        return new FlowVerdicts(flows, lifetimeNs);
    }

    /** tc: packets of accepted flows get a mark. */
    void markAccepted(PacketMark mark) {
        control.acceptMark(mark);
    }

    /** tc: packets for Weir get a mark, and all others lose it. */
    void markSteered(PacketMark mark) {
        control.steerMark(mark);
    }

    /** What the programs counted since they were loaded, on all processors. Allocates. */
    public FilterCounts counts() {
        return FilterCounts.read(counts);
    }

    /** Unmaps what is shared with the kernel; the maps themselves go with their object. */
    @Override
    public void close() {
        control.close();
        blocklist.close();
    }
}
