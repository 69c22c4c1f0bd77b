package dev.weir.nfqueue;

import dev.weir.NetfilterHook;
import dev.weir.Packet;
import dev.weir.linux.Inet;
import dev.weir.linux.Inet.SockaddrIn;
import dev.weir.linux.Inet.SockaddrIn6;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.packet.ChecksumWriter;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/**
 * Tells senders that their packet was rejected: a reset to TCP, "administratively prohibited" to others. Answers are
 * collected and sent by raw sockets with {@link #flush}, in the network namespace in which this was made; no more than
 * so many a second. For the thread of its queue.
 *
 * <p>Answers pass the hooks OUTPUT and POSTROUTING like everything that a host sends. So that a rule there does not
 * queue them again, they carry a mark; {@link #isOwn} knows those that come nevertheless.
 */
final class Rejector implements AutoCloseable {
    private static final int ALL_TYPES_BYTES = 32;

    private final int mark;
    private final RateLimit limit;
    private final ChecksumWriter checksums = new ChecksumWriter();
    private final BroadcastAddresses broadcasts;
    private final RejectSocket ipv4;
    private final RejectSocket ipv6;

    /** Adds the header and the source address that the kernel would choose. */
    private final RejectSocket icmpv6;

    /**
     * Opens the sockets.
     *
     * @param mark of the answers, 0 for none
     * @param perSecond how many answers at most
     * @throws dev.weir.WeirException without CAP_NET_RAW
     */
    Rejector(int mark, int perSecond) {
        this.mark = mark;
        limit = new RateLimit(perSecond, System.nanoTime());
        RejectSocket[] opened = new RejectSocket[3];
        try {
            opened[0] = new RejectSocket(
                    "raw IPv4", Sock.AF_INET, Inet.IPPROTO_RAW, mark, SockaddrIn.BYTES, RejectUnreachable.IPV4_MAX);
            opened[1] = new RejectSocket(
                    "raw IPv6", Sock.AF_INET6, Inet.IPPROTO_RAW, mark, SockaddrIn6.BYTES, RejectUnreachable.IPV6_MAX);
            opened[2] = new RejectSocket(
                    "raw ICMPv6",
                    Sock.AF_INET6,
                    Inet.IPPROTO_ICMPV6,
                    mark,
                    SockaddrIn6.BYTES,
                    RejectUnreachable.IPV6_MAX);
            receiveNothing(opened[2]);
            broadcasts = new BroadcastAddresses();
        } catch (RuntimeException e) {
            for (RejectSocket socket : opened) {
                if (socket != null) {
                    socket.close();
                }
            }
            throw e;
        }
        ipv4 = opened[0];
        ipv6 = opened[1];
        icmpv6 = opened[2];
    }

    private static void receiveNothing(RejectSocket socket) {
        NativeBuffer everyType = NativeBuffer.allocate(ALL_TYPES_BYTES);
        for (int i = 0; i < ALL_TYPES_BYTES; i += Long.BYTES) {
            everyType.bytes().putLong(i, -1L);
        }
        socket.socket().setOption("ICMP6_FILTER", Inet.IPPROTO_ICMPV6, Inet.ICMP6_FILTER, everyType);
    }

    /**
     * Answers a packet, with the next {@link #flush}.
     *
     * @return false when it would have to be answered and too many were of late
     */
    boolean reject(Packet packet) {
        if (!RejectRules.mayAnswer(packet) || wasBroadcast(packet)) {
            return true;
        }
        if (!limit.take(System.nanoTime())) {
            return false;
        }
        if (packet.headers().ipVersion() == 4) {
            answerIpv4(packet);
        } else {
            answerIpv6(packet);
        }
        return true;
    }

    /** What goes through this host to a broadcast address of its own networks has not come as far as FORWARD. */
    private boolean wasBroadcast(Packet packet) {
        return packet.headers().ipVersion() == 4
                && isArriving(packet)
                && broadcasts.contains((int) packet.headers().destinationLow());
    }

    private static boolean isArriving(Packet packet) {
        return packet.hook() == NetfilterHook.INPUT || packet.hook() == NetfilterHook.PREROUTING;
    }

    private void answerIpv4(Packet packet) {
        Headers headers = packet.headers();
        ByteBuffer out = ipv4.next();
        ByteBuffer address = ipv4.address();
        address.putInt(ipv4.at(SockaddrIn.ADDR), QueuedPacket.network((int) headers.sourceLow()));
        if (headers.protocol() == IpLayout.TCP) {
            ipv4.add(RejectReset.write(packet, out, checksums));
        } else {
            // To one of ours: from the address it went to. Else from that of the router which we are (RFC 1812
            // 4.3.2.4).
            int source = packet.hook() == NetfilterHook.INPUT ? (int) headers.destinationLow() : 0;
            ipv4.add(RejectUnreachable.writeIpv4(packet, source, out, checksums));
        }
    }

    private void answerIpv6(Packet packet) {
        if (packet.headers().protocol() == IpLayout.TCP) {
            ByteBuffer out = next(ipv6, packet);
            ipv6.add(RejectReset.write(packet, out, checksums));
        } else if (packet.hook() == NetfilterHook.INPUT) {
            ByteBuffer out = next(ipv6, packet); // RFC 4443 section 2.2 (a)
            ipv6.add(RejectUnreachable.writeIpv6(packet, out, checksums));
        } else {
            ByteBuffer out = next(icmpv6, packet);
            icmpv6.add(RejectUnreachable.writeIcmpv6(packet, out, 0));
        }
    }

    private static ByteBuffer next(RejectSocket socket, Packet packet) {
        ByteBuffer out = socket.next();
        ByteBuffer address = socket.address();
        Headers headers = packet.headers();
        address.putLong(socket.at(SockaddrIn6.ADDR), QueuedPacket.network(headers.sourceHigh()));
        address.putLong(socket.at(SockaddrIn6.ADDR) + Long.BYTES, QueuedPacket.network(headers.sourceLow()));
        // A link-local address means nothing without its interface.
        int scope = packet.interfaceIndex() != 0 ? packet.interfaceIndex() : packet.outputInterfaceIndex();
        address.putInt(socket.at(SockaddrIn6.SCOPE_ID), isLinkLocal(headers.sourceHigh()) ? scope : 0);
        return out;
    }

    /** fe80::/10, RFC 4291 section 2.5.6. */
    private static boolean isLinkLocal(long high) {
        return high >>> 54 == 0xfe80L >>> 6;
    }

    /**
     * True for an answer of this kind that was queued again: it has the mark and is what an answer is, a reset or
     * "administratively prohibited".
     *
     * @param bytes from the IP header on
     */
    boolean isOwn(int packetMark, ByteBuffer bytes, int offset, int lengthBytes) {
        if (mark == 0 || packetMark != mark || lengthBytes < IpLayout.IPV4_BYTES + IpLayout.ICMP_ERROR_BYTES) {
            return false;
        }
        boolean isIpv4 = (bytes.get(offset) & 0xff) >>> 4 == 4;
        int protocol = bytes.get(offset + (isIpv4 ? IpLayout.IPV4_PROTOCOL : IpLayout.IPV6_NEXT_HEADER));
        int header = isIpv4 ? IpLayout.IPV4_BYTES : IpLayout.IPV6_BYTES;
        if (lengthBytes < header + IpLayout.ICMP_ERROR_BYTES) {
            return false;
        }
        int at = offset + header;
        if (protocol == IpLayout.TCP) {
            return lengthBytes == header + IpLayout.TCP_BYTES
                    && (bytes.get(at + IpLayout.TCP_FLAGS) & IpLayout.RST) != 0;
        }
        int type = bytes.get(at + IpLayout.ICMP_TYPE);
        int code = bytes.get(at + IpLayout.ICMP_CODE);
        return isIpv4
                ? protocol == IpLayout.ICMP && type == IpLayout.ICMP_UNREACHABLE && code == IpLayout.ICMP_PROHIBITED
                : protocol == IpLayout.ICMPV6
                        && type == IpLayout.ICMPV6_UNREACHABLE
                        && code == IpLayout.ICMPV6_PROHIBITED;
    }

    /** Sends what was collected. */
    void flush() {
        ipv4.flush();
        ipv6.flush();
        icmpv6.flush();
    }

    @Override
    public void close() {
        ipv4.close();
        ipv6.close();
        icmpv6.close();
        broadcasts.close();
    }
}
