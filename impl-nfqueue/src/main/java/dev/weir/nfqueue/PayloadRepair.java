package dev.weir.nfqueue;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumStatus;
import dev.weir.packet.ChecksumWriter;
import dev.weir.packet.Checksums;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes a changed packet one that others take: lengths in the IP and UDP headers as the bytes are, checksums of IPv4,
 * TCP, UDP and ICMP computed anew. Fragments get their IP header repaired only: their transport checksum spans packets
 * that are not here. For one thread.
 */
final class PayloadRepair {
    /** What a netlink attribute can hold: 65,535 bytes with its header. */
    static final int PAYLOAD_MAX = 65_531;

    static final String TOO_LONG = "it is longer than the kernel takes back (" + PAYLOAD_MAX + " bytes)";
    static final String ABOVE_MTU = "it is longer than the outgoing interface carries (its MTU)";
    static final String NOT_IP = "it does not begin with an IP header";
    static final String IP_CUT = "its IP header is cut off";
    static final String TRANSPORT_CUT = "its transport header is cut off";
    static final String ROUTED =
            "it has an IPv6 routing header that does not tell where the packet goes in the end, and"
                    + " its checksum depends on that";

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int UDP_LENGTH = 4;

    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();
    private final ChecksumWriter checksums = new ChecksumWriter();

    /**
     * Repairs in place.
     *
     * @param packet from the IP header on, position 0
     * @param mtu bytes that can go out in one packet
     * @return null, or why the packet cannot go out like this
     */
    String repair(ByteBuffer packet, int mtu) {
        packet.order(ByteOrder.BIG_ENDIAN);
        int length = packet.limit();
        if (length > PAYLOAD_MAX) {
            return TOO_LONG;
        }
        if (length > mtu) {
            return ABOVE_MTU;
        }
        int version = (packet.get(0) & 0xff) >>> 4;
        String refusal =
                switch (version) {
                    case 4 -> ipv4(packet, length);
                    case 6 -> ipv6(packet, length);
                    default -> NOT_IP;
                };
        return refusal != null ? refusal : transport(packet, length);
    }

    private static String ipv4(ByteBuffer packet, int length) {
        int header = (packet.get(0) & 0xf) * 4;
        if (header < IpLayout.IPV4_BYTES || header > length) {
            return IP_CUT;
        }
        packet.putShort(IpLayout.IPV4_TOTAL_LENGTH, (short) length);
        return null;
    }

    private static String ipv6(ByteBuffer packet, int length) {
        if (length < IpLayout.IPV6_BYTES) {
            return IP_CUT;
        }
        packet.putShort(IpLayout.IPV6_PAYLOAD_LENGTH, (short) (length - IpLayout.IPV6_BYTES));
        return null;
    }

    private String transport(ByteBuffer packet, int length) {
        headers.decode(bytes.wrap(packet, 0, length), LinkType.RAW);
        boolean covered = false;
        if (!headers.isFragment()) {
            switch (headers.protocol()) {
                case IpLayout.TCP, IpLayout.UDP, IpLayout.ICMP, IpLayout.ICMPV6 -> covered = true;
                case HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS -> {
                    if (headers.ipVersion() == 6) {
                        return IP_CUT;
                    }
                }
                default -> {
                    // has no checksum that spans its payload, or none that is known here
                }
            }
        }
        if (covered && !headers.hasTransport()) {
            return TRANSPORT_CUT;
        }
        if (covered && headers.protocol() == IpLayout.UDP) {
            int at = headers.transportOffset();
            packet.putShort(at + UDP_LENGTH, (short) (length - at));
        }
        checksums.write(packet, LinkType.RAW);
        if (covered && headers.ipVersion() == 6 && headers.transportOffset() != IpLayout.IPV6_BYTES) {
            headers.decode(bytes, LinkType.RAW);
            return Checksums.transport(bytes, headers) == ChecksumStatus.UNKNOWN ? ROUTED : null;
        }
        return null;
    }
}
