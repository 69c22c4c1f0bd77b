package dev.weir.classify.rules;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Packet;

/** The ports of a packet: its own, or of a later fragment those of its datagram, as far as the flow knows. */
final class PacketPorts {
    static final int UNKNOWN = -1;

    private PacketPorts() {}

    static int source(Packet packet, Flow flow) {
        return packet.headers().hasPorts() ? packet.headers().sourcePort() : ofDatagram(packet, flow, true);
    }

    static int destination(Packet packet, Flow flow) {
        return packet.headers().hasPorts() ? packet.headers().destinationPort() : ofDatagram(packet, flow, false);
    }

    private static int ofDatagram(Packet packet, Flow flow, boolean source) {
        if (!packet.headers().isFragment()) {
            return UNKNOWN;
        }
        FlowKey key = flow.key();
        int port = source == (packet.direction() == Direction.FORWARD) ? key.sourcePort() : key.destinationPort();
        return port == 0 ? UNKNOWN : port;
    }
}
