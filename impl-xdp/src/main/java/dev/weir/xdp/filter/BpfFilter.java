package dev.weir.xdp.filter;

import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.linux.Interfaces;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.bpf.BpfLoadException;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.ClsactHook.Direction;
import dev.weir.spi.FlowOffloadRequest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The kernel filter {@code bpf}: one object, attached to one interface or several, which share its lists. */
final class BpfFilter extends FilterOffload {
    private static final String XDP = "xdp.bpf.o";
    private static final String TC = "tc.bpf.o";

    /** For a filter without a pipeline: a map has at least one entry. */
    private static final int LEAST_FLOWS = 1;

    private final BpfObject object;
    private final FilterMaps maps;
    private final List<Attached> attached;

    private BpfFilter(
            BpfObject object, FilterMaps maps, List<Attached> attached, Set<Kind> carriesOut, long flowLifetimeNs) {
        super(maps, carriesOut, flowLifetimeNs, () -> explain(attached));
        this.object = object;
        this.maps = maps;
        this.attached = attached;
    }

    private static String explain(List<Attached> attached) {
        return String.join("\n", attached.stream().map(Attached::how).toList());
    }

    static BpfFilter open(FlowOffloadRequest request) {
        FilterSettings settings = FilterSettings.of(request.options());
        List<NetworkInterface> interfaces = interfaces(request.target());
        boolean tc = needsTc(interfaces, settings);
        int maxFlows = settings.maxFlows() > 0 ? settings.maxFlows() : Math.max(LEAST_FLOWS, request.maxFlows());
        BpfObject object = tc ? load(TC, maxFlows) : loadXdp(maxFlows);
        FilterMaps maps = null;
        List<Attached> attached = new ArrayList<>();
        try {
            maps = new FilterMaps(object);
            maps.steer(Steering.NOTHING);
            maps.markAccepted(settings.acceptMark(), settings.acceptMask());
            // Accepting in the kernel is of use only where it keeps packets from us: by the mark.
            Set<Kind> carriesOut =
                    settings.acceptMask() != 0 ? EnumSet.of(Kind.DROP, Kind.ACCEPT) : EnumSet.of(Kind.DROP);
            BpfFilter filter = new BpfFilter(object, maps, attached, carriesOut, request.flowLifetimeNs());
            for (NetworkInterface to : interfaces) {
                attach(attached, object, to, settings, tc);
            }
            return filter;
        } catch (RuntimeException | Error e) {
            attached.forEach(Attached::detach);
            if (maps != null) {
                maps.close();
            }
            object.close();
            throw e;
        }
    }

    private static List<NetworkInterface> interfaces(String target) {
        List<NetworkInterface> interfaces = new ArrayList<>();
        for (String name : target.split(",")) {
            interfaces.add(Interfaces.require(name.strip()));
        }
        return interfaces;
    }

    /** One object serves all interfaces, so that they share the lists: XDP where each of them can. */
    private static boolean needsTc(List<NetworkInterface> interfaces, FilterSettings settings) {
        for (NetworkInterface each : interfaces) {
            if (!each.hasEthernetHeader() && settings.hook() == FilterSettings.Hook.XDP) {
                throw new WeirException("packets of " + each.name()
                        + " have no Ethernet header, and XDP does not see them as they are: use hook=tc");
            }
        }
        return settings.hook() == FilterSettings.Hook.TC
                || settings.needsTc()
                || interfaces.stream().anyMatch(each -> !each.hasEthernetHeader());
    }

    private static BpfObject load(String name, int maxFlows) {
        return load(BpfObject.open(BpfFilter.class, "/dev/weir/xdp/" + name), maxFlows);
    }

    private static BpfObject load(BpfObject object, int maxFlows) {
        try {
            return object.resize("flows", maxFlows).load();
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    /** Kernels before 5.18 do not know programs for packets in several buffers. */
    private static BpfObject loadXdp(int maxFlows) {
        try {
            return load(XDP, maxFlows);
        } catch (BpfLoadException e) {
            try {
                return load(
                        BpfObject.open(BpfFilter.class, "/dev/weir/xdp/" + XDP).without("weir_xdp_frags"), maxFlows);
            } catch (BpfLoadException second) {
                second.addSuppressed(e);
                throw second;
            }
        }
    }

    private static void attach(
            List<Attached> attached, BpfObject object, NetworkInterface to, FilterSettings settings, boolean tc) {
        if (!tc) {
            attached.add(Attached.xdp(to, object.program("weir_xdp"), settings.mode()));
            return;
        }
        String program = to.hasEthernetHeader() ? "weir_tc" : "weir_tc_ip";
        if (settings.ingress()) {
            attached.add(Attached.tc(to, object.program(program), settings.attachment(), Direction.INGRESS));
        }
        if (settings.egress()) {
            attached.add(Attached.tc(to, object.program(program), settings.attachment(), Direction.EGRESS));
        }
    }

    @Override
    public void close() {
        if (end()) {
            attached.forEach(Attached::detach);
            maps.close();
            object.close();
        }
    }
}
