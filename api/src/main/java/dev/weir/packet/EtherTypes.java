package dev.weir.packet;

/** Numbers that say what a frame carries (IEEE 802 Numbers, "EtherTypes"), those that the library itself looks into. */
public final class EtherTypes {
    public static final int IPV4 = 0x0800;
    public static final int ARP = 0x0806;
    /** A frame of the tool Cisco ERSPAN, version 2 and 1, in GRE. */
    public static final int ERSPAN = 0x88be;
    /** As {@link #ERSPAN}, version 3. */
    public static final int ERSPAN_3 = 0x22eb;
    /** An Ethernet frame, from its destination address on ("Transparent Ethernet Bridging"). */
    public static final int TRANSPARENT_ETHERNET = 0x6558;
    /** A VLAN tag, IEEE 802.1Q. */
    public static final int VLAN = 0x8100;
    /** PPP, in enhanced GRE (RFC 2637). */
    public static final int PPP = 0x880b;

    public static final int IPV6 = 0x86dd;
    public static final int MPLS = 0x8847;
    public static final int MPLS_MULTICAST = 0x8848;
    public static final int PPPOE_SESSION = 0x8864;
    /** A service VLAN tag, IEEE 802.1ad ("QinQ"). */
    public static final int SERVICE_VLAN = 0x88a8;
    /** A service VLAN tag as it was before 802.1ad. */
    public static final int SERVICE_VLAN_OLD = 0x9100;

    private EtherTypes() {}

    /** True for the three numbers that announce a VLAN tag. */
    public static boolean isVlan(int type) {
        return type == VLAN || type == SERVICE_VLAN || type == SERVICE_VLAN_OLD;
    }
}
