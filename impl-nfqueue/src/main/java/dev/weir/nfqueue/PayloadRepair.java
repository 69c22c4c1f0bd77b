package dev.weir.nfqueue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes a changed packet one that others take: lengths in the IP and UDP headers as the bytes are, checksums of IPv4,
 * TCP, UDP and ICMP computed anew (RFC 1071). Fragments get their IP header repaired only: their transport checksum
 * spans packets that are not here.
 */
final class PayloadRepair {
    /** What a netlink attribute can hold: 65,535 bytes with its header. */
    static final int PAYLOAD_MAX = 65_531;

    static final String TOO_LONG = "it is longer than the kernel takes back (" + PAYLOAD_MAX + " bytes)";
    static final String ABOVE_MTU = "it is longer than the outgoing interface carries (its MTU)";
    static final String NOT_IP = "it does not begin with an IP header";
    static final String IP_CUT = "its IP header is cut off";
    static final String TRANSPORT_CUT = "its transport header is cut off";
    static final String ROUTED = "it has an IPv6 routing header with stops to come, which its checksum depends on";

    // RFC 791 section 3.1
    private static final int IPV4_HEADER_MIN = 20;
    private static final int IPV4_TOTAL_LENGTH = 2;
    private static final int IPV4_FRAGMENT = 6;
    private static final int IPV4_MORE_OR_OFFSET = 0x3fff;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV4_ADDRESSES = 12;
    private static final int IPV4_ADDRESSES_BYTES = 8;

    // RFC 8200 sections 3 and 4
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_PAYLOAD_LENGTH = 4;
    private static final int IPV6_NEXT = 6;
    private static final int IPV6_ADDRESSES = 8;
    private static final int IPV6_ADDRESSES_BYTES = 32;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int ROUTING_SEGMENTS_LEFT = 3;

    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;

    // RFC 9293, RFC 768, RFC 792
    private static final int TCP_HEADER_MIN = 20;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_HEADER = 8;
    private static final int UDP_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;
    private static final int ICMP_HEADER = 4;
    private static final int ICMP_CHECKSUM = 2;

    private PayloadRepair() {}

    /**
     * Repairs in place.
     *
     * @param packet from the IP header on, position 0
     * @param mtu bytes that can go out in one packet
     * @return null, or why the packet cannot go out like this
     */
    static String repair(ByteBuffer packet, int mtu) {
        packet.order(ByteOrder.BIG_ENDIAN);
        int length = packet.limit();
        if (length > PAYLOAD_MAX) {
            return TOO_LONG;
        }
        if (length > mtu) {
            return ABOVE_MTU;
        }
        int version = (packet.get(0) & 0xff) >>> 4;
        return switch (version) {
            case 4 -> ipv4(packet, length);
            case 6 -> ipv6(packet, length);
            default -> NOT_IP;
        };
    }

    private static String ipv4(ByteBuffer packet, int length) {
        int header = (packet.get(0) & 0xf) * 4;
        if (header < IPV4_HEADER_MIN || header > length) {
            return IP_CUT;
        }
        packet.putShort(IPV4_TOTAL_LENGTH, (short) length);
        packet.putShort(IPV4_CHECKSUM, (short) 0);
        packet.putShort(IPV4_CHECKSUM, (short) ~InternetChecksum.sum(packet, 0, header, 0));
        if ((packet.getShort(IPV4_FRAGMENT) & IPV4_MORE_OR_OFFSET) != 0) {
            return null;
        }
        int protocol = packet.get(IPV4_PROTOCOL) & 0xff;
        int addresses = InternetChecksum.sum(packet, IPV4_ADDRESSES, IPV4_ADDRESSES_BYTES, 0);
        return transport(packet, header, length, protocol, addresses);
    }

    private static String ipv6(ByteBuffer packet, int length) {
        if (length < IPV6_HEADER) {
            return IP_CUT;
        }
        packet.putShort(IPV6_PAYLOAD_LENGTH, (short) (length - IPV6_HEADER));
        int next = packet.get(IPV6_NEXT) & 0xff;
        int at = IPV6_HEADER;
        // Each extension header is at least eight bytes long, so the loop ends with the packet.
        while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS) {
            if (at + 8 > length) {
                return IP_CUT;
            }
            if (next == ROUTING && packet.get(at + ROUTING_SEGMENTS_LEFT) != 0) {
                return ROUTED;
            }
            next = packet.get(at) & 0xff;
            at += ((packet.get(at + 1) & 0xff) + 1) * 8;
        }
        if (at > length) {
            return IP_CUT;
        }
        int addresses = InternetChecksum.sum(packet, IPV6_ADDRESSES, IPV6_ADDRESSES_BYTES, 0);
        return transport(packet, at, length, next, addresses); // a fragment header is no transport: left as it is
    }

    /** @param addresses the sum over both, the first part of the pseudo header (RFC 9293 section 3.1) */
    private static String transport(ByteBuffer packet, int at, int length, int protocol, int addresses) {
        int bytes = length - at;
        int pseudo = addresses + protocol + bytes;
        return switch (protocol) {
            case TCP -> checksum(packet, at, bytes, TCP_HEADER_MIN, TCP_CHECKSUM, pseudo);
            case UDP -> udp(packet, at, bytes, pseudo);
            case ICMP -> checksum(packet, at, bytes, ICMP_HEADER, ICMP_CHECKSUM, 0);
            case ICMPV6 -> checksum(packet, at, bytes, ICMP_HEADER, ICMP_CHECKSUM, pseudo);
            default -> null;
        };
    }

    private static String udp(ByteBuffer packet, int at, int bytes, int pseudo) {
        if (bytes < UDP_HEADER) {
            return TRANSPORT_CUT;
        }
        packet.putShort(at + UDP_LENGTH, (short) bytes);
        checksum(packet, at, bytes, UDP_HEADER, UDP_CHECKSUM, pseudo);
        if (packet.getShort(at + UDP_CHECKSUM) == 0) {
            packet.putShort(at + UDP_CHECKSUM, (short) 0xffff); // 0 would say that there is none
        }
        return null;
    }

    private static String checksum(ByteBuffer packet, int at, int bytes, int headerBytes, int field, int start) {
        if (bytes < headerBytes) {
            return TRANSPORT_CUT;
        }
        packet.putShort(at + field, (short) 0);
        packet.putShort(at + field, (short) ~InternetChecksum.sum(packet, at, bytes, start));
        return null;
    }
}
