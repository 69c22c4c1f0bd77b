package dev.weir.packet;

import dev.weir.Protocols;

/**
 * Checks and computes the checksums of packets whose headers were decoded: of the IPv4 header, of TCP, UDP, ICMP and
 * ICMPv6 with their pseudo headers (RFC 9293, 3.1; RFC 8200, 8.1), and the CRC32c of SCTP (RFC 9260, appendix A). Costs
 * about 0.1 ns a byte, SCTP 1 ns. Where {@link dev.weir.Packet#checksumsComplete()} is false a wrong one means nothing.
 */
public final class Checksums {
    private static final int ROUTING_SEGMENT_LIST_OFFSET = 8;
    private static final int ROUTING_TYPE_SEGMENTS = 4;
    private static final int ROUTING_TYPE_MOBILITY = 2;
    private static final int ROUTING_TYPE_SOURCE_ROUTE = 0;
    private static final int ADDRESS_LENGTH = 16;
    private static final int UNKNOWN = -1;

    private Checksums() {}

    /** Of the outermost header that was decoded: IPv4's own checksum. */
    public static ChecksumStatus network(Bytes packet, Headers headers) {
        if (headers.ipVersion() != 4) {
            return headers.ipVersion() == 6 ? ChecksumStatus.ABSENT : ChecksumStatus.UNKNOWN;
        }
        int length = networkHeaderLength(packet, headers);
        return length == 0
                ? ChecksumStatus.UNKNOWN
                : status(InternetChecksum.of(packet, headers.networkOffset(), length) == 0);
    }

    private static ChecksumStatus status(boolean valid) {
        return valid ? ChecksumStatus.VALID : ChecksumStatus.INVALID;
    }

    /** Of IPv4; 0 when it was cut off. */
    private static int networkHeaderLength(Bytes packet, Headers headers) {
        int length = (packet.u8(headers.networkOffset()) & 0xf) * 4;
        return packet.length() - headers.networkOffset() < length ? 0 : length;
    }

    /** Of TCP, UDP, ICMP, ICMPv6 or SCTP. */
    public static ChecksumStatus transport(Bytes packet, Headers headers) {
        int offset = headers.transportOffset();
        int length = coveredLength(packet, headers);
        if (length == UNKNOWN) {
            return ChecksumStatus.UNKNOWN;
        }
        if (headers.protocol() == Protocols.SCTP) {
            int stands = packet.i32(offset + SctpView.CHECKSUM_OFFSET);
            return status(stands == Crc32c.ofSctp(packet, offset, length, SctpView.CHECKSUM_OFFSET));
        }
        if (headers.protocol() == Protocols.UDP && packet.u16(offset + UdpView.CHECKSUM_OFFSET) == 0) {
            return ChecksumStatus.ABSENT;
        }
        long pseudo = pseudoHeader(packet, headers, length);
        return pseudo == UNKNOWN
                ? ChecksumStatus.UNKNOWN
                : status(InternetChecksum.finish(InternetChecksum.add(pseudo, packet, offset, length)) == 0);
    }

    /** The checksum that the IPv4 header should have, 0..65,535; -1 for IPv6, and when the header was cut off. */
    public static int computeNetwork(Bytes packet, Headers headers) {
        int length = headers.ipVersion() == 4 ? networkHeaderLength(packet, headers) : 0;
        return length == 0 ? UNKNOWN : without(Ipv4View.CHECKSUM_OFFSET, 0, packet, headers.networkOffset(), length);
    }

    /** The checksum that TCP, UDP, ICMP or ICMPv6 should have, 0..65,535; -1 where that cannot be told. */
    public static int computeTransport(Bytes packet, Headers headers) {
        int length = coveredLength(packet, headers);
        int field = fieldOffset(headers);
        long pseudo = length == UNKNOWN || field == UNKNOWN ? UNKNOWN : pseudoHeader(packet, headers, length);
        if (pseudo == UNKNOWN) {
            return UNKNOWN;
        }
        int computed = without(field, pseudo, packet, headers.transportOffset(), length);
        return computed == 0 && headers.protocol() == Protocols.UDP ? 0xffff : computed; // 0 would say: none
    }

    /** Where the checksum stands in the transport header; -1 for protocols without one of this kind. */
    static int fieldOffset(Headers headers) {
        return switch (headers.protocol()) {
            case Protocols.TCP -> TcpView.CHECKSUM_OFFSET;
            case Protocols.UDP -> UdpView.CHECKSUM_OFFSET;
            case Protocols.ICMP, Protocols.IPV6_ICMP -> IcmpMessage.CHECKSUM_OFFSET;
            default -> UNKNOWN;
        };
    }

    /** The checksum over everything but the field itself. */
    private static int without(int field, long start, Bytes packet, int offset, int length) {
        long sum = InternetChecksum.add(start, packet, offset, field);
        int rest = field + Short.BYTES;
        return InternetChecksum.finish(InternetChecksum.add(sum, packet, offset + rest, length - rest));
    }

    /** Bytes that the transport's checksum covers; -1 when not all of them are there. */
    private static int coveredLength(Bytes packet, Headers headers) {
        if (!headers.hasTransport() || headers.moreFragments() || headers.fragmentOffset() != 0) {
            return UNKNOWN;
        }
        int offset = headers.transportOffset();
        int length = headers.networkEnd() - offset;
        if (headers.protocol() == Protocols.UDP && headers.statedPayloadLength() >= 0) {
            int stated = UdpView.LENGTH + headers.statedPayloadLength();
            if (stated > length) {
                return UNKNOWN;
            }
            length = stated;
        }
        return packet.length() - offset < length ? UNKNOWN : length;
    }

    /** The sum over the pseudo header, of ICMP 0; -1 where the final destination cannot be told. */
    private static long pseudoHeader(Bytes packet, Headers headers, int length) {
        if (headers.protocol() == Protocols.ICMP) {
            return 0;
        }
        int network = headers.networkOffset();
        long sum = InternetChecksum.add(headers.protocol(), length);
        if (headers.ipVersion() == 4) {
            return InternetChecksum.add(sum, packet, network + 12, 8);
        }
        int destination = finalDestination(packet, network, headers.transportOffset());
        if (destination == UNKNOWN) {
            return UNKNOWN;
        }
        sum = InternetChecksum.add(sum, packet, network + 8, ADDRESS_LENGTH);
        return InternetChecksum.add(sum, packet, destination, ADDRESS_LENGTH);
    }

    /**
     * Where the address stands that the checksum covers: the destination, or with stops to come the last one of a routing
     * header (RFC 8200, 8.1). Every extension header is at least eight bytes long, so the search ends.
     */
    private static int finalDestination(Bytes packet, int network, int transport) {
        int next = packet.u8(network + 6);
        int at = network + Ipv6View.LENGTH;
        while (at < transport) {
            int end = at + Ipv6Extensions.length(next, packet.u8(at + 1));
            if (next == Ipv6Extensions.ROUTING_HEADER && packet.u8(at + 3) != 0) {
                int address =
                        switch (packet.u8(at + 2)) {
                            case ROUTING_TYPE_SEGMENTS, ROUTING_TYPE_MOBILITY -> at + ROUTING_SEGMENT_LIST_OFFSET;
                            case ROUTING_TYPE_SOURCE_ROUTE -> end - ADDRESS_LENGTH;
                            default -> UNKNOWN;
                        };
                return address != UNKNOWN && address >= at + 8 && address + ADDRESS_LENGTH <= end ? address : UNKNOWN;
            }
            next = packet.u8(at);
            at = end;
        }
        return network + 24;
    }
}
