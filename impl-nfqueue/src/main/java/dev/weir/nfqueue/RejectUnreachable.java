package dev.weir.nfqueue;

import dev.weir.Packet;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumWriter;
import java.nio.ByteBuffer;

/**
 * Writes "destination unreachable, communication administratively prohibited" with as much of the rejected packet as
 * fits: ICMP (RFC 792, code 13 of RFC 1812 section 5.2.7.1) or ICMPv6 (RFC 4443 section 3.1, code 1).
 */
final class RejectUnreachable {
    /** RFC 1812 section 4.3.2.3: as much as possible without the whole exceeding 576 bytes. */
    static final int IPV4_MAX = 576;

    /** RFC 4443 section 2.4 (c): without exceeding the least IPv6 MTU. */
    static final int IPV6_MAX = 1280;

    private RejectUnreachable() {}

    /**
     * Writes a whole IPv4 packet.
     *
     * @param source the address it comes from; 0: the kernel writes that of the interface it goes out by
     * @param out big-endian, at least {@link #IPV4_MAX} bytes
     * @return bytes written
     */
    static int writeIpv4(Packet rejected, int source, ByteBuffer out, ChecksumWriter checksums) {
        int at = IpLayout.IPV4_BYTES;
        int quoted = quote(rejected, out, at, IPV4_MAX);
        int bytes = IpLayout.ICMP_ERROR_BYTES + quoted;
        begin(out, at, IpLayout.ICMP_UNREACHABLE, IpLayout.ICMP_PROHIBITED);
        int sender = rejected.bytes().i32(rejected.headers().networkOffset() + IpLayout.IPV4_SOURCE);
        IpHeaders.ipv4(out, IpLayout.ICMP, bytes, source, sender);
        return IpHeaders.finish(out, at + bytes, checksums);
    }

    /**
     * Writes a whole IPv6 packet, from the address that the rejected one was sent to.
     *
     * @param out big-endian, at least {@link #IPV6_MAX} bytes
     * @return bytes written
     */
    static int writeIpv6(Packet rejected, ByteBuffer out, ChecksumWriter checksums) {
        int at = IpLayout.IPV6_BYTES;
        int bytes = writeIcmpv6(rejected, out, at);
        IpHeaders.ipv6Answer(rejected, out, IpLayout.ICMPV6, bytes);
        return IpHeaders.finish(out, at + bytes, checksums);
    }

    /** Writes the ICMPv6 message alone, its checksum 0: for a socket that adds the rest. */
    static int writeIcmpv6(Packet rejected, ByteBuffer out, int at) {
        int quoted = quote(rejected, out, at, IPV6_MAX - IpLayout.IPV6_BYTES + at);
        begin(out, at, IpLayout.ICMPV6_UNREACHABLE, IpLayout.ICMPV6_PROHIBITED);
        return IpLayout.ICMP_ERROR_BYTES + quoted;
    }

    private static int quote(Packet rejected, ByteBuffer out, int at, int end) {
        Bytes in = rejected.bytes();
        int ip = rejected.headers().networkOffset();
        int from = at + IpLayout.ICMP_ERROR_BYTES;
        int count = Math.min(in.length() - ip, end - from);
        out.limit(from + count).position(from);
        in.get(ip, out, count);
        out.clear();
        return count;
    }

    private static void begin(ByteBuffer out, int at, int type, int code) {
        out.put(at + IpLayout.ICMP_TYPE, (byte) type);
        out.put(at + IpLayout.ICMP_CODE, (byte) code);
        out.putShort(at + IpLayout.ICMP_CHECKSUM, (short) 0);
        out.putInt(at + Integer.BYTES, 0); // unused
    }
}
