package dev.weir.packet;

import java.nio.ByteBuffer;

/**
 * Puts right the checksums of packets that were changed ({@link dev.weir.Packet#replace}). Reused, for one thread at a
 * time; allocates nothing per packet.
 */
public final class ChecksumWriter {
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();

    /** One that has written nothing yet. */
    public ChecksumWriter() {}

    /**
     * Writes the checksum of the outermost IPv4 header, and of TCP, UDP, ICMP or ICMPv6 behind the outermost IP header.
     * Lengths must be right. Fragments keep that of the transport: it spans packets that are not here.
     *
     * @param packet from position 0 to its limit, whatever its byte order
     * @param linkType what the first byte is, a number of {@link dev.weir.LinkType}
     * @return false when there was nothing to write
     */
    public boolean write(ByteBuffer packet, int linkType) {
        headers.decode(bytes.wrap(packet, 0, packet.limit()), linkType);
        int network = Checksums.computeNetwork(bytes, headers);
        if (network >= 0) {
            put(packet, headers.networkOffset() + Ipv4View.CHECKSUM_OFFSET, network);
        }
        int transport = Checksums.computeTransport(bytes, headers);
        if (transport >= 0) {
            put(packet, headers.transportOffset() + Checksums.fieldOffset(headers), transport);
        }
        bytes.wrap(bytes, 0, 0);
        return network >= 0 || transport >= 0;
    }

    private static void put(ByteBuffer packet, int offset, int checksum) {
        packet.put(offset, (byte) (checksum >>> 8)).put(offset + 1, (byte) checksum);
    }
}
