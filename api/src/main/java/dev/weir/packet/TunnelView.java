package dev.weir.packet;

import dev.weir.Protocols;

/**
 * A tunnel: what stands between an IP header and a packet that it carries. IP in IP (4in4, 6in4, 4in6, 6in6), GRE (NVGRE,
 * ERSPAN and that of PPTP included), and over UDP by destination port VXLAN, GENEVE and GTP-U. {@link
 * Headers#decodeInner} reads the headers of the inner packet; offsets count from the first captured byte, as there.
 */
public final class TunnelView {
    /** How the inner packet is carried. */
    public enum Kind {
        IP_IN_IP,
        GRE,
        VXLAN,
        GENEVE,
        GTP_U
    }

    /** What follows ERSPAN's header is told by its version and a flag; draft-foschiano-erspan-03, 4. */
    private static final int ERSPAN_2_LENGTH = 8;

    private static final int ERSPAN_3_LENGTH = 12;
    private static final int ERSPAN_3_MORE_LENGTH = 8;
    private static final int ERSPAN_3_MORE_OFFSET = 11;
    private static final int ERSPAN_3_HAS_MORE = 1;
    private static final int ERSPAN_3_FRAME_TYPE_OFFSET = 10;
    private static final int ERSPAN_3_ETHERNET = 0;
    private static final int ERSPAN_3_IP = 2;

    private final GreView gre = new GreView();
    private final VxlanView vxlan = new VxlanView();
    private final GeneveView geneve = new GeneveView();
    private final GtpuView gtpu = new GtpuView();

    /** The packet up to where the outer IP packet ends. */
    private final Bytes packet = new Bytes();

    private Kind kind = Kind.IP_IN_IP;
    private int offset;
    private int innerType;
    private int innerOffset;
    private int innerEnd;
    private int virtualNetwork;

    /** Of nothing yet. */
    public TunnelView() {}

    /**
     * Looks for a tunnel behind headers that were decoded.
     *
     * @param outer the headers of {@code bytes}
     * @return false when there is none, and for fragments: only the first would show what it carries
     */
    public boolean wrap(Bytes bytes, Headers outer) {
        offset = outer.payloadOffset();
        if (offset < 0 || outer.moreFragments() || outer.fragmentOffset() != 0) {
            return false;
        }
        innerEnd = offset + outer.payloadLength();
        packet.wrap(bytes, 0, Math.min(bytes.length(), innerEnd));
        virtualNetwork = -1;
        return switch (outer.protocol()) {
            case Protocols.IPV4 -> found(Kind.IP_IN_IP, EtherTypes.IPV4, offset);
            case Protocols.IPV6 -> found(Kind.IP_IN_IP, EtherTypes.IPV6, offset);
            case Protocols.GRE -> gre();
            case Protocols.UDP ->
                switch (outer.destinationPort()) {
                    case VxlanView.PORT, VxlanView.LINUX_PORT -> vxlan();
                    case GeneveView.PORT -> geneve();
                    case GtpuView.PORT -> gtpu();
                    default -> false;
                };
            default -> false;
        };
    }

    private boolean found(Kind kind, int type, int at) {
        this.kind = kind;
        innerType = type;
        innerOffset = at;
        return true;
    }

    private boolean gre() {
        if (!gre.wrap(packet, offset, packet.length())) {
            return false;
        }
        int at = offset + gre.headerLength();
        if (gre.isNvgre()) {
            virtualNetwork = gre.virtualSubnet();
        }
        return switch (gre.protocol()) {
            // version 1 has no header; none has a sequence number there either
            case EtherTypes.ERSPAN ->
                found(Kind.GRE, EtherTypes.TRANSPARENT_ETHERNET, gre.hasSequence() ? at + ERSPAN_2_LENGTH : at);
            case EtherTypes.ERSPAN_3 -> packet.length() >= at + ERSPAN_3_LENGTH && erspan3(at);
            default -> found(Kind.GRE, gre.protocol(), at);
        };
    }

    private boolean erspan3(int at) {
        boolean more = (packet.u8(at + ERSPAN_3_MORE_OFFSET) & ERSPAN_3_HAS_MORE) != 0;
        int inner = at + ERSPAN_3_LENGTH + (more ? ERSPAN_3_MORE_LENGTH : 0);
        return switch (packet.u8(at + ERSPAN_3_FRAME_TYPE_OFFSET) >>> 2 & 0x1f) {
            case ERSPAN_3_ETHERNET -> found(Kind.GRE, EtherTypes.TRANSPARENT_ETHERNET, inner);
            case ERSPAN_3_IP -> ipByVersion(Kind.GRE, inner);
            default -> false;
        };
    }

    private boolean ipByVersion(Kind kind, int at) {
        if (packet.length() <= at) {
            return false;
        }
        return switch (packet.u8(at) >>> 4) {
            case 4 -> found(kind, EtherTypes.IPV4, at);
            case 6 -> found(kind, EtherTypes.IPV6, at);
            default -> false;
        };
    }

    private boolean vxlan() {
        if (!vxlan.wrap(packet, offset, packet.length())) {
            return false;
        }
        virtualNetwork = vxlan.virtualNetwork();
        return found(Kind.VXLAN, EtherTypes.TRANSPARENT_ETHERNET, offset + vxlan.headerLength());
    }

    private boolean geneve() {
        if (!geneve.wrap(packet, offset, packet.length()) || geneve.isControl()) {
            return false;
        }
        virtualNetwork = geneve.virtualNetwork();
        return found(Kind.GENEVE, geneve.protocol(), offset + geneve.headerLength());
    }

    /** What a G-PDU carries is told by the version of IP alone. */
    private boolean gtpu() {
        if (!gtpu.wrap(packet, offset, innerEnd - offset) || gtpu.messageType() != GtpuView.G_PDU) {
            return false;
        }
        int at = offset + gtpu.headerLength();
        innerEnd = at + gtpu.payloadLength();
        packet.wrap(packet, 0, Math.min(packet.length(), innerEnd));
        return ipByVersion(Kind.GTP_U, at);
    }

    /** How the inner packet is carried. */
    public Kind kind() {
        return kind;
    }

    /** Where the tunnel's own header begins; of IP in IP, which has none, where the inner packet does. */
    public int offset() {
        return offset;
    }

    /** What the inner packet begins with, a number of {@link EtherTypes}. */
    public int innerType() {
        return innerType;
    }

    /** Where the inner packet begins; may lie behind what was captured. */
    public int innerOffset() {
        return innerOffset;
    }

    /** Where what the tunnel carries ends by the lengths of the headers before; may lie behind what was captured. */
    public int innerEnd() {
        return innerEnd;
    }

    /**
     * The virtual network, 24 bits, by the identifier that is the same in both directions: that of VXLAN, GENEVE and
     * NVGRE; -1 where there is none.
     */
    public int virtualNetwork() {
        return virtualNetwork;
    }

    /** Moves a window to the inner packet, as far as it was captured. */
    public Bytes inner(Bytes window) {
        int from = Math.min(innerOffset, packet.length());
        return window.wrap(packet, from, Math.min(packet.length(), Math.max(from, innerEnd)) - from);
    }

    /** From the first captured byte to where the inner packet ends. */
    Bytes packet() {
        return packet;
    }
}
