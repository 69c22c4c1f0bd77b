package dev.weir.afpacket;

import dev.weir.linux.IfPacket;

/**
 * The kernel's fanout group behind several queues. A group belongs to one interface: when that was deleted and made
 * anew, the queues form a new one. Any thread.
 */
final class FanoutGroup {
    private static final int NONE = -1;

    private final int type;
    private int id = NONE;
    private int interfaceIndex;

    FanoutGroup(Settings.Fanout fanout) {
        this.type = switch (fanout) {
            // Fragments after the first have no ports to hash: let the kernel put them together before.
            case HASH -> IfPacket.PACKET_FANOUT_HASH | IfPacket.PACKET_FANOUT_FLAG_DEFRAG;
            case CPU -> IfPacket.PACKET_FANOUT_CPU;
            case RR -> IfPacket.PACKET_FANOUT_LB;
        };
    }

    /** Adds a socket that is bound to the interface. */
    synchronized void join(PacketSocket socket, int interfaceIndex) {
        if (this.interfaceIndex != interfaceIndex) {
            id = NONE;
            this.interfaceIndex = interfaceIndex;
        }
        id = socket.joinFanout(id, type);
    }

    @Override
    public synchronized String toString() {
        return "group " + id;
    }
}
