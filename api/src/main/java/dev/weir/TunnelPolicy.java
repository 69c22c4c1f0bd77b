package dev.weir;

/**
 * Which IP packet of a frame a pipeline is about, where one carries another (IP in IP, GRE, VXLAN, GENEVE, GTP-U: {@link
 * dev.weir.packet.TunnelView}).
 */
public enum TunnelPolicy {
    /** The tunnel itself: all that it carries is one flow between its ends. The standard. */
    OUTERMOST,

    /**
     * What the tunnel carries, however deep: flows, {@link Packet#headers()} and so what classifiers see are those of the
     * innermost IP packet. A tunnel that carries no IP is its own flow, and so are the fragments of a tunnel's own
     * packets, all of them: only the first would show what is inside. Verdicts are still on the whole frame; one for a flow
     * is kept here and not left to the kernel, which knows the tunnel alone, and {@link Verdict#REJECT} drops without an
     * answer, which would have to go into the tunnel.
     */
    INNERMOST
}
