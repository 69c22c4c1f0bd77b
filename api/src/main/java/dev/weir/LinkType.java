package dev.weir;

/**
 * Link types: what the first byte of a packet is. The numbers are the registered {@code LINKTYPE_} values of the
 * tcpdump group (<a href="https://www.tcpdump.org/linktypes.html">tcpdump.org/linktypes</a>), the same in every capture
 * file; numbers without a constant here are delivered as they are, and their packets have no headers.
 */
public final class LinkType {
    /** BSD loopback: four bytes of address family in the byte order of the writer, then IP. */
    public static final int NULL = 0;

    /** Ethernet II or 802.3, from the destination address on, without preamble and frame check sequence. */
    public static final int ETHERNET = 1;

    /** IPv4 or IPv6 from the first byte on; the version nibble says which. What a tun device gives. */
    public static final int RAW = 101;

    /** OpenBSD loopback: as {@link #NULL} with the family in network byte order. */
    public static final int LOOP = 108;

    /** Linux "cooked" version 1: 16 bytes (packet type, ARPHRD, address length, address, protocol), then the payload. */
    public static final int LINUX_SLL = 113;

    /** IPv4 from the first byte on. */
    public static final int IPV4 = 228;

    /** IPv6 from the first byte on. */
    public static final int IPV6 = 229;

    /** Linux "cooked" version 2: 20 bytes (protocol, reserved, interface, ARPHRD, packet type, address), then payload. */
    public static final int LINUX_SLL2 = 276;

    private LinkType() {}

    /** A name for people: {@code "Ethernet"}, or {@code "link type 147"} for one that has no headers here. */
    public static String name(int linkType) {
        return switch (linkType) {
            case NULL -> "BSD loopback";
            case ETHERNET -> "Ethernet";
            case RAW -> "raw IP";
            case LOOP -> "OpenBSD loopback";
            case LINUX_SLL -> "Linux cooked v1";
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
            case LINUX_SLL2 -> "Linux cooked v2";
            default -> "link type " + linkType;
        };
    }
}
