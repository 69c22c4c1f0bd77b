package dev.weir.testkit.packet;

import static dev.weir.testkit.packet.Arguments.address;
import static dev.weir.testkit.packet.Arguments.fragmentOffset;
import static dev.weir.testkit.packet.Arguments.mac;
import static dev.weir.testkit.packet.Arguments.port;
import static dev.weir.testkit.packet.Arguments.range;

import dev.weir.LinkType;
import dev.weir.Protocols;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds one packet, header by header from the outside in:
 *
 * <pre>{@code
 * byte[] frame = PacketBuilder.ethernet()
 *         .vlan(10)
 *         .ipv4("10.0.0.1", "10.0.0.2").ttl(3)
 *         .tcp(4711, 80).syn().mss(1460)
 *         .payload("hello")
 *         .build();
 * }</pre>
 *
 * <p>Lengths, types and checksums come out right. A method that sets a field speaks of the header named last that has
 * such a field; {@link #badChecksum()}, {@link #checksum(int)} and {@link #length(int)} make that header wrong on
 * purpose. IP in IP is two IP headers in a row; what follows the header of another tunnel is in it.
 *
 * <p>A mutable builder for one thread; {@link #build()} may be called again and again, {@link #copy()} forks it.
 */
public final class PacketBuilder {
    static final byte[] CLIENT_MAC = {2, 0, 0, 0, 0, 1};
    static final byte[] SERVER_MAC = {2, 0, 0, 0, 0, 2};

    private static final int TPID_CUSTOMER = 0x8100;
    private static final int TPID_SERVICE = 0x88a8;
    private static final int BYTE_MAX = 0xff;
    private static final int SHORT_MAX = 0xffff;
    private static final int NETWORK_MAX = 0xffffff;

    private final int linkType;
    private final List<Layer> layers = new ArrayList<>();

    private PacketBuilder(int linkType, Layer... first) {
        this.linkType = linkType;
        layers.addAll(Arrays.asList(first));
    }

    // Link headers

    /** An Ethernet frame from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
    public static PacketBuilder ethernet() {
        return new PacketBuilder(LinkType.ETHERNET, new LinkLayers.Ethernet(CLIENT_MAC, SERVER_MAC));
    }

    /** An Ethernet frame; addresses as {@code 02:00:00:00:00:01}. */
    public static PacketBuilder ethernet(String source, String destination) {
        return new PacketBuilder(LinkType.ETHERNET, new LinkLayers.Ethernet(mac(source), mac(destination)));
    }

    /** No link header: what follows is an IP header. */
    public static PacketBuilder rawIp() {
        return new PacketBuilder(LinkType.RAW);
    }

    /** A Linux "cooked" header, version 1. */
    public static PacketBuilder linuxCooked() {
        return new PacketBuilder(LinkType.LINUX_SLL, new LinkLayers.LinuxCooked1());
    }

    /** A Linux "cooked" header, version 2. */
    public static PacketBuilder linuxCooked2(int interfaceIndex) {
        return new PacketBuilder(LinkType.LINUX_SLL2, new LinkLayers.LinuxCooked2(interfaceIndex));
    }

    /** A BSD loopback header, as a machine of that byte order writes it. */
    public static PacketBuilder bsdLoopback(ByteOrder order) {
        return new PacketBuilder(LinkType.NULL, new LinkLayers.Loopback(order));
    }

    /** An OpenBSD loopback header. */
    public static PacketBuilder openBsdLoopback() {
        return new PacketBuilder(LinkType.LOOP, new LinkLayers.Loopback(ByteOrder.BIG_ENDIAN));
    }

    /** A VLAN tag (802.1Q); a second one follows the first. */
    public PacketBuilder vlan(int id) {
        return add(new LinkLayers.Vlan(TPID_CUSTOMER, range("VLAN id", id, 0xfff)));
    }

    /** A service tag (802.1ad) and a customer tag within. */
    public PacketBuilder qinq(int serviceId, int customerId) {
        return add(new LinkLayers.Vlan(TPID_SERVICE, range("VLAN id", serviceId, 0xfff)))
                .vlan(customerId);
    }

    /** A tag with another tag protocol identifier, such as 0x9100. */
    public PacketBuilder tag(int tpid, int id) {
        return add(new LinkLayers.Vlan(range("TPID", tpid, SHORT_MAX), range("VLAN id", id, 0xfff)));
    }

    /** The priority in the tag named last, 0 to 7. */
    public PacketBuilder vlanPriority(int priority) {
        last(LinkLayers.Vlan.class).priority = range("priority", priority, 7);
        return this;
    }

    /** An ARP request for {@code targetIp}, to everybody. */
    public PacketBuilder arpRequest(String senderIp, String targetIp) {
        LinkLayers.Ethernet link = last(LinkLayers.Ethernet.class);
        link.destination = mac("ff:ff:ff:ff:ff:ff");
        return add(new LinkLayers.Arp(1, link.source, address(4, senderIp), new byte[6], address(4, targetIp)));
    }

    /** An ARP reply: {@code senderIp} is at this frame's source address. */
    public PacketBuilder arpReply(String senderIp, String targetIp) {
        LinkLayers.Ethernet link = last(LinkLayers.Ethernet.class);
        return add(new LinkLayers.Arp(2, link.source, address(4, senderIp), link.destination, address(4, targetIp)));
    }

    // Network headers

    /** An IPv4 header, 64 hops to live. */
    public PacketBuilder ipv4(String source, String destination) {
        return add(new NetworkLayers.Ipv4(address(4, source), address(4, destination)));
    }

    /** An IPv6 header, 64 hops to live. */
    public PacketBuilder ipv6(String source, String destination) {
        return add(new NetworkLayers.Ipv6(address(6, source), address(6, destination)));
    }

    /** An IPv4 or IPv6 header, as the addresses are. */
    public PacketBuilder ip(String source, String destination) {
        return source.indexOf(':') < 0 ? ipv4(source, destination) : ipv6(source, destination);
    }

    /** Time to live (IPv4) or hop limit (IPv6). */
    public PacketBuilder ttl(int hops) {
        range("hops", hops, BYTE_MAX);
        if (lastOf(NetworkLayers.Ipv4.class, NetworkLayers.Ipv6.class) instanceof NetworkLayers.Ipv4 ipv4) {
            ipv4.timeToLive = hops;
        } else {
            last(NetworkLayers.Ipv6.class).hopLimit = hops;
        }
        return this;
    }

    /** The differentiated services byte: type of service (IPv4) or traffic class (IPv6). */
    public PacketBuilder trafficClass(int value) {
        range("traffic class", value, BYTE_MAX);
        if (lastOf(NetworkLayers.Ipv4.class, NetworkLayers.Ipv6.class) instanceof NetworkLayers.Ipv4 ipv4) {
            ipv4.typeOfService = value;
        } else {
            last(NetworkLayers.Ipv6.class).trafficClass = value;
        }
        return this;
    }

    /** The flow label of IPv6, 20 bits. */
    public PacketBuilder flowLabel(int label) {
        last(NetworkLayers.Ipv6.class).flowLabel = range("flow label", label, 0xfffff);
        return this;
    }

    /** The identification of IPv4. */
    public PacketBuilder identification(int identification) {
        last(NetworkLayers.Ipv4.class).identification = range("identification", identification, SHORT_MAX);
        return this;
    }

    /** Sets IPv4's flag that forbids fragments. */
    public PacketBuilder dontFragment() {
        last(NetworkLayers.Ipv4.class).dontFragment = true;
        return this;
    }

    /** Options of IPv4, as they stand in the packet, filled up with zeros to a multiple of 4; 40 bytes at most. */
    public PacketBuilder ipv4Options(byte... options) {
        last(NetworkLayers.Ipv4.class).options = options.clone();
        return this;
    }

    /**
     * Makes the IPv4 header that of a fragment. To split a datagram, use {@link #fragments(int)}.
     *
     * @param offset in bytes, a multiple of 8
     */
    public PacketBuilder ipv4Fragment(int offset, boolean more) {
        NetworkLayers.Ipv4 ipv4 = last(NetworkLayers.Ipv4.class);
        ipv4.fragmentOffset = fragmentOffset(offset);
        ipv4.moreFragments = more;
        return this;
    }

    /** Hop-by-hop options (IPv6), as they stand in the packet; padded as need be. */
    public PacketBuilder hopByHop(byte... options) {
        return add(new NetworkLayers.Extension(NetworkLayers.Extension.HOP_BY_HOP, options.clone()));
    }

    /** Destination options (IPv6), as they stand in the packet; padded as need be. */
    public PacketBuilder destinationOptions(byte... options) {
        return add(new NetworkLayers.Extension(NetworkLayers.Extension.DESTINATION_OPTIONS, options.clone()));
    }

    /**
     * A segment routing header (IPv6).
     *
     * @param segmentsLeft how many segments are still to be visited; with more than 0, transport checksums cover the
     *     last segment instead of the destination in the IPv6 header
     * @param path the segments in the order of travel
     */
    public PacketBuilder routing(int segmentsLeft, String... path) {
        range("segments left", segmentsLeft, path.length - 1);
        return add(new NetworkLayers.Routing(
                segmentsLeft,
                Arrays.stream(path).map(segment -> address(6, segment)).toList()));
    }

    /**
     * A fragment header (IPv6). To split a datagram, use {@link #fragments(int)}.
     *
     * @param offset in bytes, a multiple of 8
     */
    public PacketBuilder ipv6Fragment(int offset, boolean more, int identification) {
        return add(new NetworkLayers.Fragment(fragmentOffset(offset), more, identification));
    }

    /** An authentication header (IPv4 or IPv6) with an integrity value of zeros, 12 bytes long. */
    public PacketBuilder authentication(int securityParameters, int sequence) {
        return add(new NetworkLayers.Authentication(securityParameters, sequence, new byte[12]));
    }

    // Labels and tunnels

    /** Labels of MPLS, the outermost first, with 64 hops to live. */
    public PacketBuilder mpls(int... labels) {
        for (int label : labels) {
            add(new TunnelLayers.Mpls(range("label", label, 0xfffff), 0));
        }
        return this;
    }

    /** An Ethernet frame within a tunnel, from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
    public PacketBuilder innerEthernet() {
        return add(new LinkLayers.Ethernet(CLIENT_MAC, SERVER_MAC));
    }

    /** A VXLAN header and the Ethernet header of the frame it carries; {@code udp(port, 4789)} comes before. */
    public PacketBuilder vxlan(int network) {
        return add(new TunnelLayers.Vxlan(range("virtual network", network, NETWORK_MAX)))
                .innerEthernet();
    }

    /** A GENEVE header; {@code udp(port, 6081)} comes before. The options fill a multiple of 4 bytes, 252 at most. */
    public PacketBuilder geneve(int network, byte... options) {
        if (options.length % 4 != 0 || options.length > 252) {
            throw new IllegalArgumentException("GENEVE options fill words, 252 bytes at most, not " + options.length);
        }
        return add(new TunnelLayers.Geneve(range("virtual network", network, NETWORK_MAX), options.clone()));
    }

    /** A GRE header without optional fields. */
    public PacketBuilder gre() {
        return add(new TunnelLayers.Gre());
    }

    /** Adds GRE's checksum. */
    public PacketBuilder greChecksum() {
        last(TunnelLayers.Gre.class).hasChecksum = true;
        return this;
    }

    /** Adds GRE's key, 32 bits. */
    public PacketBuilder greKey(int key) {
        last(TunnelLayers.Gre.class).key = key;
        return this;
    }

    /** Adds GRE's sequence number, 32 bits. */
    public PacketBuilder greSequence(int sequence) {
        last(TunnelLayers.Gre.class).sequence = sequence;
        return this;
    }

    /** The GRE header of NVGRE and the Ethernet header of the frame it carries. */
    public PacketBuilder nvgre(int subnet, int flow) {
        return gre().greKey(range("virtual subnet", subnet, NETWORK_MAX) << 8 | range("flow", flow, BYTE_MAX))
                .innerEthernet();
    }

    /** A GTP-U header without optional fields; {@code udp(port, 2152)} comes before. */
    public PacketBuilder gtpu(int tunnelEndpoint) {
        return add(new TunnelLayers.Gtpu(tunnelEndpoint, new ArrayList<>()));
    }

    /** Adds GTP-U's sequence number. */
    public PacketBuilder gtpuSequence(int sequence) {
        last(TunnelLayers.Gtpu.class).sequence = range("sequence", sequence, SHORT_MAX);
        return this;
    }

    /** Adds an extension header to GTP-U; with its length and the next type it fills a multiple of 4 bytes. */
    public PacketBuilder gtpuExtension(int type, byte... content) {
        if ((content.length + 2) % 4 != 0) {
            throw new IllegalArgumentException("a GTP-U extension has 2, 6, 10, … bytes, not " + content.length);
        }
        byte[] extension = new byte[2 + content.length];
        extension[0] = (byte) range("type", type, BYTE_MAX);
        extension[1] = (byte) ((content.length + 2) / 4);
        System.arraycopy(content, 0, extension, 2, content.length);
        last(TunnelLayers.Gtpu.class).extensions.add(extension);
        return this;
    }

    /** States that this IP protocol follows the header named last. */
    public PacketBuilder protocol(int protocol) {
        top().statedNext = range("protocol", protocol, BYTE_MAX);
        return this;
    }

    /** States that this EtherType follows the header named last. */
    public PacketBuilder etherType(int etherType) {
        top().statedNext = range("EtherType", etherType, SHORT_MAX);
        return this;
    }

    // Transport headers

    /** A TCP header without flags, window 65,535. */
    public PacketBuilder tcp(int sourcePort, int destinationPort) {
        return add(new TransportLayers.Tcp(port(sourcePort), port(destinationPort)));
    }

    /** Sets SYN. */
    public PacketBuilder syn() {
        return flags(0x02);
    }

    /** Sets ACK. */
    public PacketBuilder ack() {
        return flags(0x10);
    }

    /** Sets FIN. */
    public PacketBuilder fin() {
        return flags(0x01);
    }

    /** Sets RST. */
    public PacketBuilder rst() {
        return flags(0x04);
    }

    /** Sets PSH. */
    public PacketBuilder psh() {
        return flags(0x08);
    }

    /** Sets flags of TCP on top of those set before: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
    public PacketBuilder flags(int flags) {
        last(TransportLayers.Tcp.class).flags |= range("flags", flags, BYTE_MAX);
        return this;
    }

    /** TCP's sequence number. */
    public PacketBuilder sequence(int sequence) {
        last(TransportLayers.Tcp.class).sequence = sequence;
        return this;
    }

    /** TCP's acknowledgment number; sets ACK. */
    public PacketBuilder acknowledgment(int acknowledgment) {
        last(TransportLayers.Tcp.class).acknowledgment = acknowledgment;
        return ack();
    }

    /** TCP's window, unscaled. */
    public PacketBuilder window(int window) {
        last(TransportLayers.Tcp.class).window = range("window", window, SHORT_MAX);
        return this;
    }

    /** Adds TCP's maximum segment size (RFC 9293, 3.7.1). */
    public PacketBuilder mss(int bytes) {
        return tcpOption(2, (byte) (range("MSS", bytes, SHORT_MAX) >>> 8), (byte) bytes);
    }

    /** Adds TCP's window scale (RFC 7323, 2). */
    public PacketBuilder windowScale(int shift) {
        return tcpOption(3, (byte) range("shift", shift, BYTE_MAX));
    }

    /** Adds "SACK permitted" (RFC 2018, 2). */
    public PacketBuilder sackPermitted() {
        return tcpOption(4);
    }

    /** Adds selective acknowledgments (RFC 2018, 3): left and right edges in turn. */
    public PacketBuilder sack(int... edges) {
        ByteBuffer content = ByteBuffer.allocate(4 * edges.length);
        Arrays.stream(edges).forEach(content::putInt);
        return tcpOption(5, content.array());
    }

    /** Adds TCP's time stamps (RFC 7323, 3). */
    public PacketBuilder timestamps(int value, int echoReply) {
        return tcpOption(
                8, ByteBuffer.allocate(8).putInt(value).putInt(echoReply).array());
    }

    /** Adds a byte of padding to TCP's options (No-Operation, RFC 9293, 3.1). */
    public PacketBuilder nop() {
        return tcpOptionBytes((byte) 1);
    }

    /** Adds an option to TCP: kind, length and this content. All options fill 40 bytes at most. */
    public PacketBuilder tcpOption(int kind, byte... content) {
        byte[] option = new byte[2 + content.length];
        option[0] = (byte) range("kind", kind, BYTE_MAX);
        option[1] = (byte) option.length;
        System.arraycopy(content, 0, option, 2, content.length);
        return tcpOptionBytes(option);
    }

    private PacketBuilder tcpOptionBytes(byte... option) {
        TransportLayers.Tcp tcp = last(TransportLayers.Tcp.class);
        byte[] options = Arrays.copyOf(tcp.options, tcp.options.length + option.length);
        System.arraycopy(option, 0, options, tcp.options.length, option.length);
        tcp.options = options;
        return this;
    }

    /** A UDP header. */
    public PacketBuilder udp(int sourcePort, int destinationPort) {
        return add(new TransportLayers.Udp(port(sourcePort), port(destinationPort)));
    }

    /** The common header of SCTP; chunks are the payload. */
    public PacketBuilder sctp(int sourcePort, int destinationPort) {
        return add(new TransportLayers.Sctp(port(sourcePort), port(destinationPort)));
    }

    /** An ICMP header (IPv4); {@code rest} is what stands after the checksum. */
    public PacketBuilder icmp(int type, int code, int rest) {
        return add(new TransportLayers.Icmp(
                Protocols.ICMP, range("type", type, BYTE_MAX), range("code", code, BYTE_MAX), rest));
    }

    /** An ICMPv6 header; {@code rest} is what stands after the checksum. */
    public PacketBuilder icmpv6(int type, int code, int rest) {
        return add(new TransportLayers.Icmp(
                Protocols.IPV6_ICMP, range("type", type, BYTE_MAX), range("code", code, BYTE_MAX), rest));
    }

    /** An echo request of the IP version before. */
    public PacketBuilder echoRequest(int identifier, int sequence) {
        return echo(8, 128, identifier, sequence);
    }

    /** An echo reply of the IP version before. */
    public PacketBuilder echoReply(int identifier, int sequence) {
        return echo(0, 129, identifier, sequence);
    }

    private PacketBuilder echo(int type4, int type6, int identifier, int sequence) {
        int rest = range("identifier", identifier, SHORT_MAX) << 16 | range("sequence", sequence, SHORT_MAX);
        return lastOf(NetworkLayers.Ipv4.class, NetworkLayers.Ipv6.class) instanceof NetworkLayers.Ipv4
                ? icmp(type4, 0, rest)
                : icmpv6(type6, 0, rest);
    }

    /** Bytes that follow the headers; copied. */
    public PacketBuilder payload(byte... bytes) {
        return add(new TransportLayers.Payload(bytes.clone()));
    }

    /** Text that follows the headers, in UTF-8. */
    public PacketBuilder payload(String text) {
        return payload(text.getBytes(StandardCharsets.UTF_8));
    }

    /** So many bytes that follow the headers: 0, 1, 2, …, 250, 0, …; the period divides no power of two. */
    public PacketBuilder payloadOf(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return payload(bytes);
    }

    // Faults

    /** Makes the checksum of the header named last wrong. */
    public PacketBuilder badChecksum() {
        top().badChecksum = true;
        return this;
    }

    /** States a checksum in the header named last; 0 in UDP says that there is none. */
    public PacketBuilder checksum(int stated) {
        top().statedChecksum = stated & (top() instanceof TransportLayers.Sctp ? -1 : SHORT_MAX);
        return this;
    }

    /**
     * States a length in the header named last instead of the true one: Ethernet's type field as an 802.3 length,
     * IPv4's total length, IPv6's payload length, an extension header's length byte, UDP's length, or the length of the
     * TCP header in bytes.
     */
    public PacketBuilder length(int stated) {
        top().statedLength = range("length", stated, SHORT_MAX);
        return this;
    }

    // Results

    /** A number of {@link LinkType}: what the first byte of the packet is. */
    public int linkType() {
        return linkType;
    }

    /** The packet, from the link header on. */
    public byte[] build() {
        return LayerStack.build(layers);
    }

    /**
     * The packet split into fragments at its first IP header. Each is a whole packet with all headers before that.
     *
     * @param mtu bytes that each may have from its IP header on
     * @return in order; one packet, not split, when it fits
     */
    public List<byte[]> fragments(int mtu) {
        return LayerStack.fragments(layers, mtu);
    }

    /** Another builder with the same headers. */
    public PacketBuilder copy() {
        PacketBuilder copy = new PacketBuilder(linkType);
        layers.forEach(layer -> copy.layers.add(layer.copy()));
        return copy;
    }

    // What is there so far

    private PacketBuilder add(Layer layer) {
        layers.add(layer);
        return this;
    }

    private Layer top() {
        for (int i = layers.size() - 1; i >= 0; i--) {
            if (!(layers.get(i) instanceof TransportLayers.Payload)) {
                return layers.get(i);
            }
        }
        throw new IllegalStateException("there is no header yet that this could speak of");
    }

    private <T extends Layer> T last(Class<T> kind) {
        return kind.cast(lastOf(kind, kind));
    }

    private Layer lastOf(Class<? extends Layer> one, Class<? extends Layer> other) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            if (one.isInstance(layers.get(i)) || other.isInstance(layers.get(i))) {
                return layers.get(i);
            }
        }
        throw new IllegalStateException("there is no " + one.getSimpleName() + " header yet that this could speak of");
    }
}
