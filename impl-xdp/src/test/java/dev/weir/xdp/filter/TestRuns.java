package dev.weir.xdp.filter;

import dev.weir.KernelOutcome;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;

/** The programs, loaded and run by the kernel on packets that exist only for it. */
final class TestRuns implements AutoCloseable {
    private static final int ROOM_BYTES = 4096;
    private static final int FEW_FLOWS = 64;
    private static final int XDP_DROP = 1;
    private static final int TC_ACT_SHOT = 2;

    private final BpfObject object;
    final FilterMaps maps;
    private final BpfProgram program;
    private final int dropped;
    private final NativeBuffer packet = NativeBuffer.allocate(ROOM_BYTES);

    private TestRuns(String file, String name, int dropped) {
        object = BpfObject.open(TestRuns.class, "/dev/weir/xdp/" + file)
                .resize("flows", FEW_FLOWS) // walks over them are short
                .load();
        maps = new FilterMaps(object);
        program = object.program(name);
        this.dropped = dropped;
    }

    static TestRuns xdp() {
        return new TestRuns("xdp.bpf.o", "weir_xdp", XDP_DROP);
    }

    static TestRuns tc() {
        return new TestRuns("tc.bpf.o", "weir_tc", TC_ACT_SHOT);
    }

    /** True when the program drops it. */
    boolean drops(byte[] bytes) {
        packet.bytes().put(0, bytes);
        return program.test(packet, bytes.length, 1).result() == dropped;
    }

    /** What the program counted it as. */
    KernelOutcome outcome(byte[] bytes) {
        FilterCounts before = maps.counts();
        drops(bytes);
        FilterCounts after = maps.counts();
        KernelOutcome outcome = null;
        for (KernelOutcome each : KernelOutcome.values()) {
            long packets = after.packets(each.ordinal()) - before.packets(each.ordinal());
            if (packets == 0) {
                continue;
            }
            if (packets != 1
                    || outcome != null
                    || after.bytes(each.ordinal()) - before.bytes(each.ordinal()) != bytes.length) {
                throw new AssertionError("one packet was counted more than once: " + each);
            }
            outcome = each;
        }
        return outcome;
    }

    int nanosPerPacket(byte[] bytes, int repeat) {
        packet.bytes().put(0, bytes);
        return program.test(packet, bytes.length, repeat).durationNs();
    }

    @Override
    public void close() {
        maps.close();
        object.close();
    }
}
