package dev.weir.bench;

import dev.weir.packet.Bytes;

/** The same look at a packet as in {@code datagram.h}. */
final class FloodDatagram {
    /** RFC 863. */
    static final int DISCARD_PORT = 9;

    static final int PROTOCOL_UDP = 17;

    /** Where the frames are sent to. */
    static final String DESTINATION_HARDWARE_ADDRESS = "02:00:00:00:00:02";

    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_OFFSET = 12;
    private static final int IPV4_OFFSET = 14;
    private static final int IPV4_MIN_BYTES = 20;
    private static final int UDP_BYTES = 8;

    private FloodDatagram() {}

    /** Finds the UDP header behind a checked Ethernet and IPv4 header. */
    static boolean is(Bytes frame) {
        int length = frame.length();
        if (length < IPV4_OFFSET + IPV4_MIN_BYTES || frame.u16(ETHERTYPE_OFFSET) != ETHERTYPE_IPV4) {
            return false;
        }
        int versionAndLength = frame.u8(IPV4_OFFSET);
        int headerBytes = (versionAndLength & 0x0f) * 4;
        if (versionAndLength >> 4 != 4
                || headerBytes < IPV4_MIN_BYTES
                || frame.u8(IPV4_OFFSET + 9) != PROTOCOL_UDP
                || IPV4_OFFSET + headerBytes + UDP_BYTES > length) {
            return false;
        }
        return frame.u16(IPV4_OFFSET + headerBytes + 2) == DISCARD_PORT;
    }
}
