package dev.weir.xdp.filter;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.linux.bpf.ClsactHook;
import dev.weir.linux.bpf.ClsactHook.Direction;

/**
 * A program that is attached to one interface.
 *
 * @param how what was got and why, for people
 * @param link detaches when it is closed
 */
record Attached(String how, AutoCloseable link) {
    /** Native where the driver can, else generic, unless one was asked for. */
    static Attached xdp(NetworkInterface to, BpfProgram program, XdpHook.Mode mode) {
        XdpHook hook = XdpHook.attach(program, to, mode, "stop what it belongs to, use hook=tc");
        String how = hook.mode() == XdpHook.Mode.NATIVE ? "native" : "generic";
        String why = hook.refusal().isEmpty() ? "" : " (native refused: " + hook.refusal() + ")";
        return new Attached(to.name() + ": xdp, " + how + why, hook.link());
    }

    /**
     * tcx where the kernel has it, else clsact, unless one was asked for.
     *
     * @param cause why tc and not XDP
     */
    static Attached tc(
            NetworkInterface to,
            BpfProgram program,
            FilterSettings.TcAttachment attachment,
            Direction direction,
            String cause) {
        // A killed process may have left a filter on clsact, whatever is used now.
        boolean leftover = ClsactHook.removeLeftovers(to.index());
        String where =
                to.name() + ": tc " + (direction == Direction.INGRESS ? "ingress" : "egress") + " (" + cause + ")";
        String found = leftover ? "; removed the filter that a killed process had left" : "";
        String why = "";
        if (attachment != FilterSettings.TcAttachment.CLSACT) {
            try {
                int type = direction == Direction.INGRESS ? BpfUapi.BPF_TCX_INGRESS : BpfUapi.BPF_TCX_EGRESS;
                return new Attached(where + ", tcx link" + found, program.attachTcx(to.index(), type));
            } catch (LinuxException e) {
                if (attachment == FilterSettings.TcAttachment.TCX) {
                    throw new WeirException(
                            "the kernel has no tcx (" + Errno.name(e.errno())
                                    + "), which came with Linux 6.6: use tc=clsact",
                            e);
                }
                why = " (tcx refused: " + Errno.name(e.errno()) + ")";
            }
        }
        return new Attached(where + ", clsact" + why + found, ClsactHook.attach(program, to.index(), direction));
    }

    void detach() {
        try {
            link.close();
        } catch (Exception e) {
            throw new IllegalStateException(e); // links and hooks throw nothing checked
        }
    }
}
