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
            BpfObject object,
            FilterMaps maps,
            FilterSettings settings,
            List<Attached> attached,
            Set<Kind> carriesOut,
            long flowLifetimeNs) {
        super(maps, carriesOut, flowLifetimeNs, () -> explain(attached, settings));
        this.object = object;
        this.maps = maps;
        this.attached = attached;
    }

    private static String explain(List<Attached> attached, FilterSettings settings) {
        List<String> lines = new ArrayList<>();
        attached.forEach(each -> lines.add(each.how()));
        if (settings.steers()) {
            lines.add("for Weir is " + settings.steering()
                    + (settings.steerMark().isNone()
                            ? ": counted"
                            : ": counted, and marked " + settings.steerMark()
                                    + " for captures and rules behind tc; the rest passes unmarked"));
        }
        return String.join("\n", lines);
    }

    static BpfFilter open(FlowOffloadRequest request) {
        FilterSettings settings = FilterSettings.of(request.options());
        List<NetworkInterface> interfaces = interfaces(request.target());
        String whyTc = whyTc(interfaces, settings);
        boolean tc = !whyTc.isEmpty();
        int maxFlows = settings.maxFlows() > 0 ? settings.maxFlows() : Math.max(LEAST_FLOWS, request.maxFlows());
        BpfObject object = tc ? load(TC, maxFlows) : loadXdp(maxFlows);
        FilterMaps maps = null;
        List<Attached> attached = new ArrayList<>();
        try {
            maps = new FilterMaps(object);
            maps.steer(settings.steering());
            maps.markAccepted(settings.acceptMark());
            maps.markSteered(settings.steerMark());
            // Accepting in the kernel is of use only where it keeps packets from us: by the mark.
            Set<Kind> carriesOut =
                    settings.acceptMark().isNone() ? EnumSet.of(Kind.DROP) : EnumSet.of(Kind.DROP, Kind.ACCEPT);
            BpfFilter filter = new BpfFilter(object, maps, settings, attached, carriesOut, request.flowLifetimeNs());
            for (NetworkInterface to : interfaces) {
                attach(attached, object, to, settings, whyTc);
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

    /** One object serves all interfaces, so that they share the lists: empty for XDP, where each of them can. */
    private static String whyTc(List<NetworkInterface> interfaces, FilterSettings settings) {
        for (NetworkInterface each : interfaces) {
            if (each.hasEthernetHeader()) {
                continue;
            }
            if (settings.hook() == FilterSettings.Hook.XDP) {
                throw new WeirException("packets of " + each.name()
                        + " have no Ethernet header, and XDP does not see them as they are: use hook=tc");
            }
            return "packets of " + each.name() + " have no Ethernet header, which XDP needs";
        }
        if (settings.hook() == FilterSettings.Hook.TC) {
            return "as asked";
        }
        return settings.needsTc().isEmpty() ? "" : settings.needsTc() + " needs it";
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
            List<Attached> attached, BpfObject object, NetworkInterface to, FilterSettings settings, String whyTc) {
        if (whyTc.isEmpty()) {
            attached.add(Attached.xdp(to, object.program("weir_xdp"), settings.mode()));
            return;
        }
        String program = to.hasEthernetHeader() ? "weir_tc" : "weir_tc_ip";
        if (settings.ingress()) {
            attached.add(Attached.tc(to, object.program(program), settings.attachment(), Direction.INGRESS, whyTc));
        }
        if (settings.egress()) {
            attached.add(Attached.tc(to, object.program(program), settings.attachment(), Direction.EGRESS, whyTc));
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
