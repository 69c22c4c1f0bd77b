package dev.weir.classify.dns;

import dev.weir.Packet;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.InternetChecksum;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes "no such name" out of an answer, in the packet's side buffer: the header with that code, the question, nothing else.
 * Lengths and checksums come out right. For one thread.
 */
final class NoSuchName {
    private static final int NXDOMAIN = 3; // RFC 1035, 4.1.1
    private static final int RESPONSE_CODE_MASK = 0xf;
    private static final int DNS_FLAGS_OFFSET = 2;
    private static final int DNS_ANSWER_COUNT_OFFSET = 6;
    private static final int AUTHENTIC_DATA = 0x0020;

    // RFC 791, 3.1; RFC 8200, 3; RFC 768
    private static final int IPV4_LENGTH_OFFSET = 2;
    private static final int IPV4_CHECKSUM_OFFSET = 10;
    private static final int IPV4_ADDRESSES_OFFSET = 12;
    private static final int IPV4_ADDRESSES_LENGTH = 8;
    private static final int IPV6_HEADER_LENGTH = 40;
    private static final int IPV6_LENGTH_OFFSET = 4;
    private static final int IPV6_ADDRESSES_OFFSET = 8;
    private static final int IPV6_ADDRESSES_LENGTH = 32;
    private static final int UDP_LENGTH_OFFSET = 4;
    private static final int UDP_CHECKSUM_OFFSET = 6;
    private static final int UDP = 17;

    private final Headers outermost = new Headers();
    private final DnsRecord record = new DnsRecord();
    private final Bytes changed = new Bytes();

    /**
     * Writes the changed packet.
     *
     * @param message wrapped around the payload of this very packet
     * @return false where that cannot be done: a fragment, a packet that was cut off by the capture, one in a tunnel, whose
     *     own headers would be wrong then, no question
     */
    boolean write(Packet packet, DnsView message) {
        Headers headers = packet.headers();
        if (packet.isReassembled()
                || !headers.hasTransport()
                || packet.capturedLength() < packet.wireLength()
                || isInTunnel(packet)
                || !record.begin(message).next()
                || !record.isQuestion()) {
            return false;
        }
        int question = record.dataOffset(); // where the first question ends
        int length = headers.payloadOffset() + question;
        ByteBuffer buffer = packet.replace(length).order(ByteOrder.BIG_ENDIAN);
        int dns = headers.payloadOffset();
        int flags = message.flags() & ~(RESPONSE_CODE_MASK | AUTHENTIC_DATA) | NXDOMAIN;
        buffer.putShort(dns + DNS_FLAGS_OFFSET, (short) flags);
        buffer.putShort(dns + DNS_ANSWER_COUNT_OFFSET - 2, (short) 1);
        buffer.putShort(dns + DNS_ANSWER_COUNT_OFFSET, (short) 0);
        buffer.putInt(dns + DNS_ANSWER_COUNT_OFFSET + 2, 0); // authority and additional
        changed.wrap(buffer, 0, length);
        int udp = headers.transportOffset();
        if (headers.ipVersion() == 4) {
            finishIpv4(buffer, headers.networkOffset(), udp, length);
        } else {
            int payload = length - headers.networkOffset() - IPV6_HEADER_LENGTH;
            buffer.putShort(headers.networkOffset() + IPV6_LENGTH_OFFSET, (short) payload);
            finishUdp(
                    buffer, udp, length - udp, headers.networkOffset() + IPV6_ADDRESSES_OFFSET, IPV6_ADDRESSES_LENGTH);
        }
        return true;
    }

    private boolean isInTunnel(Packet packet) {
        outermost.decode(packet.bytes(), packet.linkType(), packet.wireLength());
        return outermost.networkOffset() != packet.headers().networkOffset();
    }

    private void finishIpv4(ByteBuffer buffer, int ip, int udp, int length) {
        buffer.putShort(ip + IPV4_LENGTH_OFFSET, (short) (length - ip));
        buffer.putShort(ip + IPV4_CHECKSUM_OFFSET, (short) 0);
        int headerLength = (buffer.get(ip) & 0xf) * 4;
        buffer.putShort(ip + IPV4_CHECKSUM_OFFSET, (short) InternetChecksum.of(changed, ip, headerLength));
        finishUdp(buffer, udp, length - udp, ip + IPV4_ADDRESSES_OFFSET, IPV4_ADDRESSES_LENGTH);
    }

    /** The checksum goes over addresses, protocol and length as well; a sum of 0 is sent as its complement (RFC 768). */
    private void finishUdp(ByteBuffer buffer, int udp, int udpLength, int addresses, int addressesLength) {
        buffer.putShort(udp + UDP_LENGTH_OFFSET, (short) udpLength);
        buffer.putShort(udp + UDP_CHECKSUM_OFFSET, (short) 0);
        long pseudoHeader = InternetChecksum.add(UDP + udpLength, changed, addresses, addressesLength);
        int checksum = InternetChecksum.finish(InternetChecksum.add(pseudoHeader, changed, udp, udpLength));
        buffer.putShort(udp + UDP_CHECKSUM_OFFSET, (short) (checksum == 0 ? 0xffff : checksum));
    }
}
