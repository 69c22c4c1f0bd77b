package dev.weir;

import dev.weir.packet.IpAddress;

/**
 * The five-tuple of a flow in one direction, with the VLAN tags it travels under. Addresses are full 128 bits; IPv4 is
 * written as IPv4-mapped IPv6 ({@code ::ffff:a.b.c.d}, RFC 4291 section 2.5.5.2), so that every address is two longs,
 * and {@code ipVersion} tells the two apart.
 *
 * @param ipVersion 4, 6, or 0 for what is not IP
 * @param protocol the IP protocol number; 0 for what is not IP
 * @param sourceHigh the upper 64 bits of the source address
 * @param sourceLow the lower 64 bits
 * @param destinationHigh the upper 64 bits of the destination address
 * @param destinationLow the lower 64 bits
 * @param sourcePort 0..65535; the identifier of an ICMP echo in both ports; 0 where the protocol has none
 * @param destinationPort as {@code sourcePort}
 * @param vlans up to four VLAN tags, 16 bits each, the outermost in the lowest; each is {@code 0x1000 | identifier}, 0
 *     for none. Flows of the same addresses on different VLANs are different flows
 * @param virtualNetwork the identifier of the virtual network whose packets a tunnel carries (VNI, VSID), where the
 *     innermost flows are asked for ({@link TunnelPolicy#INNERMOST}); -1 for none. Tenants use the same addresses
 */
public record FlowKey(
        int ipVersion,
        int protocol,
        long sourceHigh,
        long sourceLow,
        long destinationHigh,
        long destinationLow,
        int sourcePort,
        int destinationPort,
        long vlans,
        int virtualNetwork) {
    /** The key of everything that is not IP. */
    public static final FlowKey NOT_IP = new FlowKey(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** A key outside any virtual network. */
    public FlowKey(
            int ipVersion,
            int protocol,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int sourcePort,
            int destinationPort,
            long vlans) {
        this(
                ipVersion,
                protocol,
                sourceHigh,
                sourceLow,
                destinationHigh,
                destinationLow,
                sourcePort,
                destinationPort,
                vlans,
                -1);
    }

    /**
     * A key from text, without VLAN tags: {@code FlowKey.of(Protocols.TCP, "10.0.0.1", 4711, "10.0.0.2", 80)}.
     *
     * @throws WeirException when an address is not an IP address, or the two are of different versions
     */
    public static FlowKey of(int protocol, String source, int sourcePort, String destination, int destinationPort) {
        IpAddress from = IpAddress.parse(source);
        IpAddress to = IpAddress.parse(destination);
        if (from.version() != to.version()) {
            throw new WeirException("not one IP version: " + source + " and " + destination);
        }
        return new FlowKey(
                from.version(), protocol, from.high(), from.low(), to.high(), to.low(), sourcePort, destinationPort, 0);
    }

    /** The same conversation seen from the other side. */
    public FlowKey reversed() {
        return new FlowKey(
                ipVersion,
                protocol,
                destinationHigh,
                destinationLow,
                sourceHigh,
                sourceLow,
                destinationPort,
                sourcePort,
                vlans,
                virtualNetwork);
    }

    /** The source address as text (RFC 5952 for IPv6). Allocates. */
    public String source() {
        return IpAddress.format(ipVersion, sourceHigh, sourceLow);
    }

    /** The destination address as text (RFC 5952 for IPv6). Allocates. */
    public String destination() {
        return IpAddress.format(ipVersion, destinationHigh, destinationLow);
    }

    /** For people: {@code tcp 10.0.0.1:4711 > 10.0.0.2:80}. */
    @Override
    public String toString() {
        if (ipVersion == 0) {
            return "not IP";
        }
        return Protocols.name(protocol) + " " + endpoint(source(), sourcePort) + " > "
                + endpoint(destination(), destinationPort)
                + (virtualNetwork < 0 ? "" : " (network " + virtualNetwork + ")");
    }

    private String endpoint(String address, int port) {
        return ipVersion == 6 ? "[" + address + "]:" + port : address + ":" + port;
    }
}
