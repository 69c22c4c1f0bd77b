package dev.weir.packet;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Protocols;

/**
 * The headers of one packet up to the transport's payload: link, VLAN tags, the <em>outermost</em> IP header with its
 * extension headers, TCP, UDP, SCTP or ICMP. Decoded once; accessors then cannot fail, and answer 0, -1 or false for
 * what the packet does not have or was cut off.
 *
 * <p>On the way to IP it looks behind VLAN tags (802.1Q, 802.1ad, the older 0x9100), MPLS labels, PPPoE session headers
 * and LLC/SNAP. Offsets count from the first captured byte.
 *
 * <p>Reused: {@link #decode} writes over what was there. One thread at a time. Costs about 10 ns for TCP over IPv4.
 */
public final class Headers {
    // IEEE 802 numbers, "Ethertypes"
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int ETHERTYPE_VLAN = 0x8100;
    private static final int ETHERTYPE_QINQ = 0x88a8;
    private static final int ETHERTYPE_QINQ_OLD = 0x9100;
    private static final int ETHERTYPE_MPLS = 0x8847;
    private static final int ETHERTYPE_MPLS_MULTICAST = 0x8848;
    private static final int ETHERTYPE_PPPOE_SESSION = 0x8864;

    /** Values below are lengths of an 802.3 frame, not types (IEEE 802.3, 3.2.6). */
    private static final int ETHERTYPE_LOWEST = 0x0600;

    private static final int ETHERNET_LENGTH = 14;
    private static final int VLAN_TAG_LENGTH = 4;
    private static final int MAX_VLANS = 4;
    private static final int IPV4_MIN_LENGTH = 20;
    private static final int IPV6_LENGTH = 40;
    private static final int TCP_MIN_LENGTH = 20;
    private static final int UDP_LENGTH = 8;
    private static final int SCTP_LENGTH = 12;

    private int etherType;
    private int vlanCount;
    private long vlans;
    private int networkOffset;
    private int networkEnd;
    private int ipVersion;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int protocol;
    private boolean fragment;
    private int fragmentOffset;
    private boolean moreFragments;
    private int fragmentId;
    private int hopLimit;
    private int transportOffset;
    private boolean transportComplete;
    private int sourcePort;
    private int destinationPort;
    private int tcpFlags;
    private int payloadOffset;
    private int payloadLength;

    /** Headers of nothing. */
    public Headers() {
        clear();
    }

    private void clear() {
        etherType = -1;
        vlanCount = 0;
        vlans = 0;
        networkOffset = -1;
        networkEnd = 0;
        ipVersion = 0;
        sourceHigh = 0;
        sourceLow = 0;
        destinationHigh = 0;
        destinationLow = 0;
        protocol = -1;
        fragment = false;
        fragmentOffset = 0;
        moreFragments = false;
        fragmentId = 0;
        hopLimit = 0;
        transportOffset = -1;
        transportComplete = false;
        sourcePort = 0;
        destinationPort = 0;
        tcpFlags = 0;
        payloadOffset = -1;
        payloadLength = 0;
    }

    /** Decodes a packet of a link type ({@link LinkType}); of an unknown one nothing is decoded. */
    public void decode(Bytes bytes, int linkType) {
        clear();
        switch (linkType) {
            case LinkType.ETHERNET -> ethernet(bytes);
            case LinkType.RAW -> ipByVersion(bytes, 0);
            case LinkType.IPV4 -> ipv4(bytes, 0);
            case LinkType.IPV6 -> ipv6(bytes, 0);
            case LinkType.NULL, LinkType.LOOP -> {
                // The family's number for IPv6 and its byte order differ by system; the version nibble does not.
                ipByVersion(bytes, 4);
            }
            case LinkType.LINUX_SLL -> {
                if (bytes.length() >= 16) {
                    payloadOf(bytes, bytes.u16(14), 16);
                }
            }
            case LinkType.LINUX_SLL2 -> {
                if (bytes.length() >= 20) {
                    payloadOf(bytes, bytes.u16(0), 20);
                }
            }
            default -> {
                // delivered with length and link type, no headers
            }
        }
    }

    private void ethernet(Bytes bytes) {
        if (bytes.length() >= ETHERNET_LENGTH) {
            payloadOf(bytes, bytes.u16(12), ETHERNET_LENGTH);
        }
    }

    /** Looks behind tags and shims; every turn moves {@code offset} forward, so the loop ends with the packet. */
    private void payloadOf(Bytes bytes, int type, int offset) {
        int at = offset;
        int next = type;
        while (true) {
            etherType = next;
            switch (next) {
                case ETHERTYPE_IPV4 -> {
                    ipv4(bytes, at);
                    return;
                }
                case ETHERTYPE_IPV6 -> {
                    ipv6(bytes, at);
                    return;
                }
                case ETHERTYPE_VLAN, ETHERTYPE_QINQ, ETHERTYPE_QINQ_OLD -> {
                    if (bytes.length() < at + VLAN_TAG_LENGTH) {
                        return;
                    }
                    if (vlanCount < MAX_VLANS) {
                        vlans |= (0x1000L | bytes.u16(at) & 0xfff) << 16 * vlanCount;
                        vlanCount++;
                    }
                    next = bytes.u16(at + 2);
                    at += VLAN_TAG_LENGTH;
                }
                case ETHERTYPE_MPLS, ETHERTYPE_MPLS_MULTICAST -> {
                    int label = 0;
                    while ((label & 0x100) == 0) { // bottom of stack, RFC 3032, 2.1
                        if (bytes.length() < at + 4) {
                            return;
                        }
                        label = bytes.i32(at);
                        at += 4;
                    }
                    ipByVersion(bytes, at);
                    return;
                }
                case ETHERTYPE_PPPOE_SESSION -> {
                    if (bytes.length() < at + 8) { // RFC 2516, 4: six bytes, then the PPP protocol
                        return;
                    }
                    int ppp = bytes.u16(at + 6);
                    at += 8;
                    if (ppp == 0x0021) {
                        ipv4(bytes, at);
                    } else if (ppp == 0x0057) {
                        ipv6(bytes, at);
                    }
                    return;
                }
                default -> {
                    if (next >= ETHERTYPE_LOWEST
                            || bytes.length() < at + 8
                            || bytes.u16(at) != 0xaaaa // LLC: SNAP, SNAP, unnumbered information, OUI 0 (RFC 1042)
                            || bytes.u8(at + 2) != 3
                            || bytes.u16(at + 3) != 0
                            || bytes.u8(at + 5) != 0) {
                        return;
                    }
                    next = bytes.u16(at + 6);
                    at += 8;
                    if (next < ETHERTYPE_LOWEST) {
                        etherType = next;
                        return;
                    }
                }
            }
        }
    }

    private void ipByVersion(Bytes bytes, int offset) {
        if (bytes.length() > offset) {
            int version = bytes.u8(offset) >>> 4;
            if (version == 4) {
                ipv4(bytes, offset);
            } else if (version == 6) {
                ipv6(bytes, offset);
            }
        }
    }

    /** RFC 791, 3.1. */
    private void ipv4(Bytes bytes, int offset) {
        if (bytes.length() < offset + IPV4_MIN_LENGTH) {
            return;
        }
        int first = bytes.i32(offset);
        int headerLength = (first >>> 24 & 0xf) * 4;
        if (first >>> 28 != 4 || headerLength < IPV4_MIN_LENGTH) {
            return;
        }
        networkOffset = offset;
        ipVersion = 4;
        long addresses = bytes.i64(offset + 12);
        sourceLow = IpAddress.IPV4_MAPPED | addresses >>> 32;
        destinationLow = IpAddress.IPV4_MAPPED | addresses & 0xffff_ffffL;
        int second = bytes.i32(offset + 4);
        fragmentId = second >>> 16;
        moreFragments = (second & 0x2000) != 0;
        fragmentOffset = (second & 0x1fff) * 8;
        fragment = moreFragments || fragmentOffset != 0;
        int third = bytes.i32(offset + 8);
        hopLimit = third >>> 24;
        protocol = third >>> 16 & 0xff;
        int totalLength = first & 0xffff;
        if (totalLength == 0) {
            totalLength = bytes.length() - offset; // segmentation offload leaves it to the network card
        }
        if (totalLength < headerLength) {
            networkEnd = offset + headerLength;
            return;
        }
        networkEnd = offset + totalLength;
        transport(bytes, offset + headerLength);
    }

    /** RFC 8200, 3 and 4. */
    private void ipv6(Bytes bytes, int offset) {
        if (bytes.length() < offset + IPV6_LENGTH || bytes.u8(offset) >>> 4 != 6) {
            return;
        }
        networkOffset = offset;
        ipVersion = 6;
        sourceHigh = bytes.i64(offset + 8);
        sourceLow = bytes.i64(offset + 16);
        destinationHigh = bytes.i64(offset + 24);
        destinationLow = bytes.i64(offset + 32);
        hopLimit = bytes.u8(offset + 7);
        int payload = bytes.u16(offset + 4);
        // Zero with a payload behind it is a jumbogram (RFC 2675) or left to the network card.
        networkEnd = payload == 0 ? bytes.length() : offset + IPV6_LENGTH + payload;
        int at = offset + IPV6_LENGTH;
        int next = bytes.u8(offset + 6);
        // Every extension header is at least eight bytes long, so the loop ends with the packet.
        while (true) {
            protocol = next;
            switch (next) {
                case 0, 43, 60, 135, 139, 140 -> { // hop-by-hop, routing, destination, mobility, HIP, shim6
                    if (bytes.length() < at + 8) {
                        return;
                    }
                    next = bytes.u8(at);
                    at += (bytes.u8(at + 1) + 1) * 8;
                }
                case 51 -> { // authentication header, RFC 4302: length in words of four bytes, minus two
                    if (bytes.length() < at + 8) {
                        return;
                    }
                    next = bytes.u8(at);
                    at += (bytes.u8(at + 1) + 2) * 4;
                }
                case 44 -> { // fragment header, RFC 8200, 4.5
                    if (bytes.length() < at + 8) {
                        return;
                    }
                    next = bytes.u8(at);
                    int offsetAndFlags = bytes.u16(at + 2);
                    fragmentOffset = offsetAndFlags & 0xfff8;
                    moreFragments = (offsetAndFlags & 1) != 0;
                    fragmentId = bytes.i32(at + 4);
                    fragment = moreFragments || fragmentOffset != 0; // else "atomic", RFC 6946
                    at += 8;
                    if (fragmentOffset != 0) {
                        protocol = next;
                        transport(bytes, at);
                        return;
                    }
                }
                default -> {
                    transport(bytes, at);
                    return;
                }
            }
        }
    }

    private void transport(Bytes bytes, int offset) {
        transportOffset = offset;
        payloadOffset = offset;
        payloadLength = Math.max(0, networkEnd - offset);
        if (fragmentOffset != 0) {
            return; // the ports are in the first fragment
        }
        int there = Math.min(bytes.length(), networkEnd) - offset;
        switch (protocol) {
            case Protocols.TCP -> tcp(bytes, offset, there);
            case Protocols.UDP -> udp(bytes, offset, there);
            case Protocols.SCTP -> {
                if (there >= 4) {
                    ports(bytes, offset);
                    transportComplete = there >= SCTP_LENGTH;
                    payload(offset, SCTP_LENGTH);
                }
            }
            case Protocols.ICMP, Protocols.IPV6_ICMP -> {
                transportComplete = there >= 8;
                payload(offset, Math.min(8, payloadLength));
            }
            default -> {
                // the payload is what IP carries
            }
        }
    }

    /** RFC 9293, 3.1. */
    private void tcp(Bytes bytes, int offset, int there) {
        if (there >= 4) {
            ports(bytes, offset);
        }
        if (there < TCP_MIN_LENGTH) {
            payload(offset, Math.min(TCP_MIN_LENGTH, payloadLength));
            return;
        }
        int dataAndFlags = bytes.u16(offset + 12);
        int headerLength = (dataAndFlags >>> 12) * 4;
        if (headerLength < TCP_MIN_LENGTH) {
            return;
        }
        tcpFlags = dataAndFlags & 0xff;
        transportComplete = there >= headerLength;
        payload(offset, headerLength);
    }

    /** RFC 768. */
    private void udp(Bytes bytes, int offset, int there) {
        if (there >= 4) {
            ports(bytes, offset);
        }
        if (there < UDP_LENGTH) {
            payload(offset, Math.min(UDP_LENGTH, payloadLength));
            return;
        }
        transportComplete = true;
        int length = bytes.u16(offset + 4);
        payload(offset, UDP_LENGTH);
        if (length >= UDP_LENGTH && !fragment) {
            payloadLength = Math.min(payloadLength, length - UDP_LENGTH);
        }
    }

    private void ports(Bytes bytes, int offset) {
        int ports = bytes.i32(offset);
        sourcePort = ports >>> 16;
        destinationPort = ports & 0xffff;
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
        return vlanCount;
    }

    /** The VLAN identifier of a tag, 0..4095; 0 is the outermost tag. */
    public int vlan(int index) {
        return (int) (vlans >>> 16 * index) & 0xfff;
    }

    /** All tags in the form of {@link FlowKey#vlans()}. */
    public long vlans() {
        return vlans;
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

    /** Where the IP packet ends by its own length; may lie behind what was captured. */
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

    /** True for a part of a datagram, the first one included. */
    public boolean isFragment() {
        return fragment;
    }

    /** Where the fragment stands in its datagram, in bytes. */
    public int fragmentOffset() {
        return fragmentOffset;
    }

    /** True for every fragment but the last. */
    public boolean moreFragments() {
        return moreFragments;
    }

    /** The datagram's identification: 16 bits in IPv4, 32 in IPv6 (signed), 0 where it has none. */
    public int fragmentId() {
        return fragmentId;
    }

    /** Where the transport header begins; of a later fragment, where its data begins; -1 without IP. */
    public int transportOffset() {
        return transportOffset;
    }

    /** True when the whole transport header was captured and is plausible, so that its fields can be read. */
    public boolean hasTransport() {
        return transportComplete;
    }

    /** True when a source and a destination port are known. */
    public boolean hasPorts() {
        return (sourcePort | destinationPort) != 0;
    }

    /** 0..65,535; 0 where there is none. */
    public int sourcePort() {
        return sourcePort;
    }

    /** 0..65,535; 0 where there is none. */
    public int destinationPort() {
        return destinationPort;
    }

    /** CWR, ECE, URG, ACK, PSH, RST, SYN, FIN from bit 7 to bit 0; 0 where it is not TCP. */
    public int tcpFlags() {
        return tcpFlags;
    }

    /** Where the transport's payload begins; may lie behind what was captured; -1 without IP. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Bytes of payload by the lengths in the headers; more may be missing from the capture. */
    public int payloadLength() {
        return payloadLength;
    }

    /** One line for people. Allocates. */
    @Override
    public String toString() {
        if (ipVersion == 0) {
            return etherType < 0 ? "no headers" : String.format("ethertype 0x%04x", etherType);
        }
        return key() + (fragment ? " fragment" : "") + " " + payloadLength + " bytes";
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
                sourcePort,
                destinationPort,
                vlans);
    }
}
