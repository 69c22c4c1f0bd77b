package dev.weir.nfqueue;

import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumWriter;
import java.nio.ByteBuffer;

/** Writes IP headers without options, of packets made here. All fields are written: buffers are used again. */
final class IpHeaders {
    private static final int IPV4_VERSION_AND_LENGTH = 0x45;
    private static final int IPV6_VERSION = 0x6000_0000;

    private IpHeaders() {}

    /**
     * An IPv4 header, its checksum still 0. The kernel writes the identification when the packet goes out, and a source of 0.
     *
     * @param out big-endian
     */
    static void ipv4(ByteBuffer out, int protocol, int payloadBytes, int source, int destination) {
        out.putShort(0, (short) (IPV4_VERSION_AND_LENGTH << 8));
        out.putShort(IpLayout.IPV4_TOTAL_LENGTH, (short) (IpLayout.IPV4_BYTES + payloadBytes));
        out.putInt(IpLayout.IPV4_FRAGMENT - Short.BYTES, IpLayout.IPV4_DONT_FRAGMENT);
        out.put(IpLayout.IPV4_TTL, (byte) IpLayout.HOP_LIMIT);
        out.put(IpLayout.IPV4_PROTOCOL, (byte) protocol);
        out.putShort(IpLayout.IPV4_CHECKSUM, (short) 0);
        out.putInt(IpLayout.IPV4_SOURCE, source);
        out.putInt(IpLayout.IPV4_DESTINATION, destination);
    }

    /** Writes the checksums of a packet whose other fields are written, and returns its length. */
    static int finish(ByteBuffer out, int lengthBytes, ChecksumWriter checksums) {
        checksums.write(out.limit(lengthBytes), LinkType.RAW);
        out.clear();
        return lengthBytes;
    }

    /**
     * An IPv6 header back to the sender of a packet, from where that was sent to.
     *
     * @param out big-endian
     */
    static void ipv6Answer(Packet rejected, ByteBuffer out, int protocol, int payloadBytes) {
        Bytes in = rejected.bytes();
        int ip = rejected.headers().networkOffset();
        out.putInt(0, IPV6_VERSION);
        out.putShort(IpLayout.IPV6_PAYLOAD_LENGTH, (short) payloadBytes);
        out.put(IpLayout.IPV6_NEXT_HEADER, (byte) protocol);
        out.put(IpLayout.IPV6_HOP_LIMIT, (byte) IpLayout.HOP_LIMIT);
        for (int i = 0; i < IpLayout.IPV6_ADDRESS_BYTES; i += Long.BYTES) {
            out.putLong(IpLayout.IPV6_SOURCE + i, in.i64(ip + IpLayout.IPV6_DESTINATION + i));
            out.putLong(IpLayout.IPV6_DESTINATION + i, in.i64(ip + IpLayout.IPV6_SOURCE + i));
        }
    }
}
