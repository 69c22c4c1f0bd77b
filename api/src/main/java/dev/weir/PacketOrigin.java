package dev.weir;

/** How the link saw a packet: the {@code PACKET_*} types of {@code linux/if_packet.h}, as far as the capture tells. */
public enum PacketOrigin {
    /** The capture does not say (a file, most queues). */
    UNKNOWN,
    /** Addressed to this host. */
    HOST,
    /** Link-layer broadcast. */
    BROADCAST,
    /** Link-layer multicast. */
    MULTICAST,
    /** Addressed to another host; seen because the interface is promiscuous. */
    OTHER_HOST,
    /** Sent by this host. */
    OUTGOING
}
