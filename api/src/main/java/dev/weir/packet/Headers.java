package dev.weir.packet;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Protocols;

/**
 * The headers of one packet up to the transport's payload: link, VLAN tags, the <em>outermost</em> IP header with its
 * extension headers, TCP, UDP, SCTP or ICMP; or of a packet within ({@link #decodeInner}, {@link InnermostHeaders}). Decoded once; accessors then cannot fail, and answer 0, -1 or false for
 * what the packet does not have or was cut off.
 *
 * <p>On the way to IP it looks behind VLAN tags (802.1Q, 802.1ad, the older 0x9100), MPLS labels, PPPoE session headers,
 * LLC/SNAP and the rarer shims of data centres (802.1BR, VN-Tag, FabricPath, 802.1ah, TRILL, NSH, MACsec without
 * encryption). Offsets count from the first captured byte.
 *
 * <p>Reused: {@link #decode} writes over what was there. One thread at a time. Costs about 10 ns for TCP over IPv4.
 */
public final class Headers {
    private static final int MAX_VLANS = 4;
    private static final int TCP_MIN_LENGTH = 20;
    private static final int TCP_FLAGS_END = 14;
    private static final int UDP_LENGTH = 8;
    private static final int UDP_LENGTH_END = 6;
    private static final int SCTP_LENGTH = 12;

    private static final int FRAGMENT = 1 << 17;
    private static final int MORE_FRAGMENTS = 1 << 16;
    private static final int FRAGMENT_OFFSET = 0xffff;

    private static final int COMPLETE = 1 << 8;
    private static final int PORTS = 1 << 9;
    private static final int TCP_FLAGS = 0xff;

    private int etherType;
    private long vlans;
    private int networkOffset;
    private int networkEnd;
    private int ipVersion;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int protocol;
    private int fragmentId;

    /** {@link #FRAGMENT}, {@link #MORE_FRAGMENTS} and the offset in bytes; 0 for a whole datagram. */
    private int fragmentation;

    private int hopLimit;
    private int transportOffset;

    /** {@link #COMPLETE}, {@link #PORTS}, and the flags of TCP in the lowest eight bits. */
    private int transport;

    /** The source port above the destination port. */
    private int portPair;

    private int payloadOffset;
    private int payloadLength;
    private int statedPayloadLength;

    /** Where the packet ends on the wire. */
    private int end;

    private int virtualNetwork;

    /** Made when the first inner packet is asked for. */
    private TunnelView tunnel;

    /** Headers of nothing. */
    public Headers() {
        clear();
    }

    private void clear() {
        etherType = -1;
        clearLink();
        clearNetwork();
    }

    private void clearLink() {
        vlans = 0;
        virtualNetwork = -1;
    }

    /** What {@link #ipv4} and {@link #transport(Bytes, int)} always write. */
    private void clearNetwork() {
        networkOffset = -1;
        networkEnd = 0;
        ipVersion = 0;
        sourceHigh = 0;
        sourceLow = 0;
        destinationHigh = 0;
        destinationLow = 0;
        protocol = -1;
        fragmentId = 0;
        fragmentation = 0;
        hopLimit = 0;
        transportOffset = -1;
        payloadOffset = -1;
        payloadLength = 0;
        clearTransport();
    }

    private void clearTransport() {
        transport = 0;
        portPair = 0;
        statedPayloadLength = -1;
    }

    /** As the other one, for a packet that is there as a whole. */
    public void decode(Bytes bytes, int linkType) {
        decode(bytes, linkType, bytes.length());
    }

    /**
     * Decodes a packet.
     *
     * @param linkType a number of {@link LinkType}; of an unknown one nothing is decoded
     * @param wireLength bytes that the packet had; lengths in its headers cannot say more
     */
    public void decode(Bytes bytes, int linkType, int wireLength) {
        end = Math.max(wireLength, bytes.length());
        if (linkType == LinkType.ETHERNET && bytes.length() >= EthernetView.LENGTH) {
            int type = bytes.u16(EthernetView.TYPE_OFFSET);
            if (type == EtherTypes.IPV4) {
                // By far the most packets: nothing is written twice.
                etherType = type;
                clearLink();
                if (!ipv4(bytes, EthernetView.LENGTH)) {
                    clearNetwork();
                }
            } else if (type == EtherTypes.IPV6) {
                clear();
                etherType = type;
                ipv6(bytes, EthernetView.LENGTH);
            } else {
                clear();
                Encapsulation.walk(this, bytes, type, EthernetView.LENGTH);
            }
            return;
        }
        clear();
        if (linkType != LinkType.ETHERNET) {
            Encapsulation.decode(this, bytes, linkType);
        }
    }

    /**
     * Decodes the packet that a tunnel carries ({@link TunnelView}): its addresses, protocol, ports, payload. Its VLAN tags
     * are those before the tunnel and those in it. The first call allocates.
     *
     * @param outer the headers of {@code bytes}, another object than this one
     * @return false when there is no tunnel, or no IP in it; these are then the headers of nothing
     */
    public boolean decodeInner(Headers outer, Bytes bytes) {
        if (outer == this) {
            throw new IllegalArgumentException("the inner packet needs headers of its own");
        }
        if (tunnel == null) {
            tunnel = new TunnelView();
        }
        clear();
        if (!tunnel.wrap(bytes, outer)) {
            return false;
        }
        end = tunnel.innerEnd();
        vlans = outer.vlans;
        virtualNetwork = tunnel.virtualNetwork() >= 0 ? tunnel.virtualNetwork() : outer.virtualNetwork;
        Encapsulation.walk(this, tunnel.packet(), tunnel.innerType(), tunnel.innerOffset());
        if (!isIp()) {
            clear();
        }
        return isIp();
    }

    void etherType(int type) {
        etherType = type;
    }

    void addVlan(int identifier) {
        int count = vlanCount();
        if (count < MAX_VLANS) {
            vlans |= (0x1000L | identifier) << 16 * count;
        }
    }

    /** RFC 791, 3.1. A header that contradicts itself is none: then false, with nothing written. */
    boolean ipv4(Bytes bytes, int offset) {
        if (bytes.length() < offset + Ipv4View.MIN_LENGTH) {
            return false;
        }
        long first = bytes.i64(offset); // one wide read costs as much as a narrow one
        int headerLength = ((int) (first >>> 56) & 0xf) * 4;
        int totalLength = (int) (first >>> 32) & 0xffff;
        if (totalLength == 0) {
            totalLength = end - offset; // segmentation offload leaves it to the network card
        }
        if (first >>> 60 != 4 || headerLength < Ipv4View.MIN_LENGTH || totalLength < headerLength) {
            return false;
        }
        networkOffset = offset;
        networkEnd = Math.min(offset + totalLength, end);
        ipVersion = 4;
        long addresses = bytes.i64(offset + 12);
        sourceHigh = 0;
        sourceLow = IpAddress.IPV4_MAPPED | addresses >>> 32;
        destinationHigh = 0;
        destinationLow = IpAddress.IPV4_MAPPED | addresses & 0xffff_ffffL;
        int second = (int) first;
        fragmentId = second >>> 16;
        fragmentation = (second & 0x3fff) == 0 ? 0 : FRAGMENT | (second & 0x2000) << 3 | (second & 0x1fff) * 8;
        int third = bytes.i32(offset + 8);
        hopLimit = third >>> 24;
        protocol = third >>> 16 & 0xff;
        transport(bytes, offset + headerLength);
        return true;
    }

    /** RFC 8200, 3 and 4. */
    void ipv6(Bytes bytes, int offset) {
        if (bytes.length() < offset + Ipv6View.LENGTH) {
            return;
        }
        long first = bytes.i64(offset);
        if (first >>> 60 != 6) {
            return;
        }
        networkOffset = offset;
        ipVersion = 6;
        sourceHigh = bytes.i64(offset + 8);
        sourceLow = bytes.i64(offset + 16);
        destinationHigh = bytes.i64(offset + 24);
        destinationLow = bytes.i64(offset + 32);
        hopLimit = (int) first & 0xff;
        int payload = (int) (first >>> 16) & 0xffff;
        int next = (int) first >>> 8 & 0xff;
        // The length of a jumbogram is 0 and stands in its hop-by-hop options (RFC 2675): all there is belongs to it.
        boolean jumbo = payload == 0 && next == Ipv6Extensions.HOP_BY_HOP_OPTIONS;
        networkEnd = jumbo ? end : Math.min(offset + Ipv6View.LENGTH + payload, end);
        extensions(bytes, next, offset + Ipv6View.LENGTH);
    }

    /** Every extension header is at least eight bytes long, so the loop ends with the packet. */
    private void extensions(Bytes bytes, int first, int offset) {
        int there = Math.min(bytes.length(), networkEnd);
        int next = first;
        int at = offset;
        while (Ipv6Extensions.isExtension(next) && there >= at + 8) {
            int type = next;
            next = bytes.u8(at);
            if (type == Ipv6Extensions.FRAGMENT_HEADER) {
                int offsetAndFlags = bytes.u16(at + 2);
                fragmentation = FRAGMENT | (offsetAndFlags & 1) << 16 | offsetAndFlags & 0xfff8;
                fragmentId = bytes.i32(at + 4);
                if (fragmentOffset() != 0) {
                    protocol = next; // what follows is the middle of something
                    transport(bytes, at + 8);
                    return;
                }
            }
            at += Ipv6Extensions.length(type, bytes.u8(at + 1));
        }
        protocol = next;
        if (!Ipv6Extensions.isExtension(next)) {
            transport(bytes, at);
        }
    }

    private void transport(Bytes bytes, int offset) {
        transportOffset = offset;
        int there = Math.min(bytes.length(), networkEnd) - offset;
        if (fragmentOffset() == 0) { // else the ports are in the first fragment
            if (protocol == Protocols.TCP && there >= TCP_FLAGS_END) {
                tcp(bytes, offset, there);
                return;
            }
            if (protocol == Protocols.UDP && there >= UDP_LENGTH_END) {
                udp(bytes, offset, there);
                return;
            }
        }
        clearTransport();
        payload(offset, 0); // what IP carries
        if (fragmentOffset() == 0) {
            rarer(bytes, offset, there);
        }
    }

    /** RFC 9293, 3.1. Cut off by the capture it still tells its flags and length. */
    private void tcp(Bytes bytes, int offset, int there) {
        portPair = bytes.i32(offset);
        int dataAndFlags = bytes.u16(offset + TCP_FLAGS_END - 2);
        int headerLength = (dataAndFlags >>> 12) * 4;
        transport = headerLength < TCP_MIN_LENGTH
                ? PORTS
                : PORTS | dataAndFlags & TCP_FLAGS | (there >= headerLength ? COMPLETE : 0);
        int room = Math.max(0, networkEnd - offset);
        statedPayloadLength = moreFragments() || headerLength > room ? -1 : room - headerLength;
        payload(offset, Math.max(headerLength, TCP_MIN_LENGTH));
    }

    /** RFC 768. */
    private void udp(Bytes bytes, int offset, int there) {
        portPair = bytes.i32(offset);
        transport = there >= UDP_LENGTH ? PORTS | COMPLETE : PORTS;
        int room = Math.max(0, networkEnd - offset - UDP_LENGTH);
        int length = bytes.u16(offset + UDP_LENGTH_END - 2);
        boolean stated = length >= UDP_LENGTH; // 0 is a jumbogram's (RFC 2675, 4) or left to the network card
        statedPayloadLength = stated ? length - UDP_LENGTH : -1;
        payloadOffset = offset + UDP_LENGTH;
        payloadLength = stated ? Math.min(room, length - UDP_LENGTH) : room;
    }

    /** Other protocols, and what is left of the first two when little was captured. */
    private void rarer(Bytes bytes, int offset, int there) {
        switch (protocol) {
            case Protocols.TCP -> cutOff(bytes, offset, there, TCP_MIN_LENGTH);
            case Protocols.UDP -> cutOff(bytes, offset, there, UDP_LENGTH);
            case Protocols.SCTP -> {
                if (there >= 4) {
                    ports(bytes.i32(offset));
                    complete(there >= SCTP_LENGTH);
                    payload(offset, SCTP_LENGTH);
                }
            }
            case Protocols.ICMP, Protocols.IPV6_ICMP -> {
                complete(there >= 8);
                payload(offset, Math.min(8, payloadLength));
            }
            default -> {
                // the payload is what IP carries
            }
        }
    }

    private void cutOff(Bytes bytes, int offset, int there, int headerLength) {
        if (there >= 4) {
            ports(bytes.i32(offset));
        }
        payload(offset, Math.min(headerLength, payloadLength));
    }

    private void ports(int both) {
        portPair = both;
        transport |= PORTS;
    }

    private void complete(boolean complete) {
        if (complete) {
            transport |= COMPLETE;
        }
    }

    private void payload(int offset, int headerLength) {
        payloadOffset = offset + headerLength;
        payloadLength = Math.max(0, networkEnd - payloadOffset);
    }

    /** The EtherType behind the VLAN tags, or the length field of an 802.3 frame; -1 where the link has none. */
    public int etherType() {
        return etherType;
    }

    /** VLAN tags before the payload, at most 4 are kept. */
    public int vlanCount() {
        return (67 - Long.numberOfLeadingZeros(vlans)) >>> 4; // the highest tag has bit 12 of its 16 set
    }

    /** The VLAN identifier of a tag, 0..4095; 0 is the outermost tag. */
    public int vlan(int index) {
        return (int) (vlans >>> 16 * index) & 0xfff;
    }

    /** All tags in the form of {@link FlowKey#vlans()}. */
    public long vlans() {
        return vlans;
    }

    /**
     * The virtual network that the packet was carried in, 24 bits (VNI of VXLAN and GENEVE, VSID of NVGRE), the innermost
     * where there are several; -1 outside a tunnel that has one.
     */
    public int virtualNetwork() {
        return virtualNetwork;
    }

    /** True when there is an IP header. */
    public boolean isIp() {
        return ipVersion != 0;
    }

    /** 4, 6, or 0 for no IP header. */
    public int ipVersion() {
        return ipVersion;
    }

    /** Where the IP header begins; -1 when there is none. */
    public int networkOffset() {
        return networkOffset;
    }

    /** Where the IP packet ends by its own length and that of the packet; may lie behind what was captured. */
    public int networkEnd() {
        return networkEnd;
    }

    /** The upper half of the source address; 0 for IPv4 ({@link IpAddress}). */
    public long sourceHigh() {
        return sourceHigh;
    }

    /** The lower half of the source address, IPv4-mapped for IPv4. */
    public long sourceLow() {
        return sourceLow;
    }

    /** The upper half of the destination address; 0 for IPv4. */
    public long destinationHigh() {
        return destinationHigh;
    }

    /** The lower half of the destination address, IPv4-mapped for IPv4. */
    public long destinationLow() {
        return destinationLow;
    }

    /** The source address as text; empty without IP. Allocates. */
    public String source() {
        return IpAddress.format(ipVersion, sourceHigh, sourceLow);
    }

    /** The destination address as text; empty without IP. Allocates. */
    public String destination() {
        return IpAddress.format(ipVersion, destinationHigh, destinationLow);
    }

    /** The protocol behind IP and its extension headers; -1 without IP. */
    public int protocol() {
        return protocol;
    }

    /** TTL or hop limit; 0 without IP. */
    public int hopLimit() {
        return hopLimit;
    }

    /**
     * True for a part of a datagram, the first one included, and for an IPv6 packet that has a fragment header although it
     * is whole ("atomic", RFC 6946: offset 0, nothing more to come).
     */
    public boolean isFragment() {
        return fragmentation != 0;
    }

    /** Where the fragment stands in its datagram, in bytes. */
    public int fragmentOffset() {
        return fragmentation & FRAGMENT_OFFSET;
    }

    /** True for every fragment but the last. */
    public boolean moreFragments() {
        return (fragmentation & MORE_FRAGMENTS) != 0;
    }

    /** The datagram's identification: 16 bits in IPv4, 32 in IPv6 (signed), 0 where it has none. */
    public int fragmentId() {
        return fragmentId;
    }

    /**
     * Where the transport header begins; of a later fragment, where its data begins; -1 without IP, and behind extension
     * headers that were cut off.
     */
    public int transportOffset() {
        return transportOffset;
    }

    /** True when the whole transport header was captured and is plausible, so that its fields can be read. */
    public boolean hasTransport() {
        return (transport & COMPLETE) != 0;
    }

    /** True when a source and a destination port are known; they may be 0. */
    public boolean hasPorts() {
        return (transport & PORTS) != 0;
    }

    /** 0..65,535; 0 where there is none. */
    public int sourcePort() {
        return portPair >>> 16;
    }

    /** 0..65,535; 0 where there is none. */
    public int destinationPort() {
        return portPair & 0xffff;
    }

    /** CWR, ECE, URG, ACK, PSH, RST, SYN, FIN from bit 7 to bit 0; 0 where it is not TCP. */
    public int tcpFlags() {
        return transport & TCP_FLAGS;
    }

    /** Where the transport's payload begins; may lie behind what was captured; -1 without IP. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Bytes of payload in this packet by the lengths in its headers; some may be missing from the capture. */
    public int payloadLength() {
        return payloadLength;
    }

    /**
     * Bytes of payload of the whole segment or datagram: the length of a TCP segment, of a UDP datagram what its header
     * says, even where IP holds less. -1 where that is not known: other protocols, fragments of TCP, later fragments of
     * UDP, headers that were cut off.
     */
    public int statedPayloadLength() {
        return statedPayloadLength;
    }

    /** One line for people. Allocates. */
    @Override
    public String toString() {
        if (ipVersion == 0) {
            return etherType < 0 ? "no headers" : String.format("ethertype 0x%04x", etherType);
        }
        return key() + (isFragment() ? " fragment" : "") + " " + payloadLength + " bytes";
    }

    /** The flow key of this packet alone, in its own direction. Allocates. */
    public FlowKey key() {
        if (ipVersion == 0) {
            return FlowKey.NOT_IP;
        }
        return new FlowKey(
                ipVersion,
                protocol,
                sourceHigh,
                sourceLow,
                destinationHigh,
                destinationLow,
                sourcePort(),
                destinationPort(),
                vlans,
                virtualNetwork);
    }
}
