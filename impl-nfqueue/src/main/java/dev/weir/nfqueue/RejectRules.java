package dev.weir.nfqueue;

import dev.weir.Packet;
import dev.weir.packet.ChecksumStatus;
import dev.weir.packet.Checksums;
import dev.weir.packet.Headers;
import dev.weir.packet.IpAddress;

/**
 * To which packets an answer may be sent at all (RFC 1122 section 3.2.2, RFC 4443 section 2.4 (e), RFC 9293 section
 * 3.5.2): not to later fragments, to ICMP errors, to resets, to what went to many or came from none, and not to what
 * arrived damaged.
 */
final class RejectRules {
    private static final int IPV4_MULTICAST_BEGIN = 0xe000_0000; // 224.0.0.0, and all of class E behind it
    private static final int IPV4_LOOPBACK = 127;
    private static final int IPV6_MULTICAST = 0xff;
    private static final int ICMPV6_FIRST_INFORMATIONAL = 128;
    private static final int ICMPV6_REDIRECT = 137;

    private RejectRules() {}

    /** True when the sender may be told. */
    static boolean mayAnswer(Packet packet) {
        Headers headers = packet.headers();
        if (!headers.isIp() || headers.fragmentOffset() != 0 || !unicast(headers)) {
            return false;
        }
        return switch (headers.protocol()) {
            case IpLayout.TCP -> headers.hasTransport() && (headers.tcpFlags() & IpLayout.RST) == 0 && isIntact(packet);
            case IpLayout.ICMP -> headers.ipVersion() == 4 && isIcmpQuestion(packet);
            case IpLayout.ICMPV6 -> headers.ipVersion() == 6 && isIcmpv6Information(packet);
            default -> isIntact(packet);
        };
    }

    private static boolean unicast(Headers headers) {
        if (headers.ipVersion() == 4) {
            int source = (int) headers.sourceLow();
            int destination = (int) headers.destinationLow();
            return source >>> 24 != 0
                    && Integer.compareUnsigned(source, IPV4_MULTICAST_BEGIN) < 0
                    && Integer.compareUnsigned(destination, IPV4_MULTICAST_BEGIN) < 0
                    && (source >>> 24 == IPV4_LOOPBACK) == (destination >>> 24 == IPV4_LOOPBACK);
        }
        boolean unspecified = headers.sourceHigh() == 0 && headers.sourceLow() == 0;
        boolean mapped = headers.sourceHigh() == 0 && headers.sourceLow() >>> 32 == IpAddress.IPV4_MAPPED >>> 32;
        return !unspecified
                && !mapped
                && headers.sourceHigh() >>> 56 != IPV6_MULTICAST
                && headers.destinationHigh() >>> 56 != IPV6_MULTICAST;
    }

    /** RFC 1122 section 3.2.2: the errors are destination unreachable, source quench, redirect, time, parameter. */
    private static boolean isIcmpQuestion(Packet packet) {
        int type = icmpType(packet);
        return type >= 0 && type != 3 && type != 4 && type != 5 && type != 11 && type != 12;
    }

    private static boolean isIcmpv6Information(Packet packet) {
        int type = icmpType(packet);
        return type >= ICMPV6_FIRST_INFORMATIONAL && type != ICMPV6_REDIRECT;
    }

    private static int icmpType(Packet packet) {
        int at = packet.headers().transportOffset();
        return at >= 0 && at < packet.bytes().length() ? packet.bytes().u8(at) : -1;
    }

    /** False for a wrong checksum; true where it cannot be told, because it is unfinished or bytes are missing. */
    private static boolean isIntact(Packet packet) {
        int protocol = packet.headers().protocol();
        return protocol != IpLayout.TCP && protocol != IpLayout.UDP
                || !packet.checksumsComplete()
                || Checksums.transport(packet.bytes(), packet.headers()) != ChecksumStatus.INVALID;
    }
}
