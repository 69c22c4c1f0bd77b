package dev.weir.xdp.filter;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.spi.Availability;
import dev.weir.spi.FlowOffload;
import dev.weir.spi.FlowOffloadProvider;
import dev.weir.spi.FlowOffloadRequest;
import java.util.List;

/** The kernel filter {@code bpf:INTERFACE,…}. */
public final class BpfFilterProvider implements FlowOffloadProvider {
    /** For {@link java.util.ServiceLoader}. */
    public BpfFilterProvider() {}

    @Override
    public String name() {
        return "bpf";
    }

    @Override
    public String description() {
        return "drops what a blocklist names, and the rest of flows, by a BPF program on the interface (XDP or tc)";
    }

    @Override
    public List<OptionSpec> options() {
        return FilterSettings.SPECS;
    }

    @Override
    public Availability probe() {
        try (BpfObject object = BpfObject.open(BpfFilterProvider.class, "/dev/weir/xdp/tc.bpf.o")) {
            object.load();
            return Availability.YES;
        } catch (WeirException e) {
            return Availability.no(e.getMessage());
        }
    }

    @Override
    public FlowOffload open(FlowOffloadRequest request) {
        return BpfFilter.open(request);
    }
}
