package dev.weir.classify.dhcp;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.packet.dhcp.Dhcp4View;
import dev.weir.packet.dhcp.Dhcp6View;

/**
 * Is told of DHCP. Called on the thread of the packet's flow, of an expired entry on any that uses the classifier; one call at
 * a time, and the classifier waits for it. Records may be kept, views are valid during the call.
 */
public interface DhcpListener {
    /** Nobody is told. */
    DhcpListener NONE = new DhcpListener() {};

    /** A message for IPv4, or of BOOTP, went by. Called before anything else that it brings about. */
    default void message(Dhcp4View message, Packet packet, Flow flow) {}

    /** A message for IPv6 went by. */
    default void message(Dhcp6View message, Packet packet, Flow flow) {}

    /** A conversation has ended. */
    default void transactionEnded(DhcpTransaction transaction, DhcpTransaction.End end) {}

    /** A lease was given, or prolonged. */
    default void leaseGranted(DhcpLease lease) {}

    /** A lease has ended. */
    default void leaseEnded(DhcpLease lease, DhcpLease.End end) {}

    /** A server was heard that is not in the table of servers: for the first time, or again after a long time. */
    default void serverSeen(DhcpServer server) {}

    /** A server that is not among those allowed said something; it is {@linkplain #serverSeen seen} as well. */
    default void rogueServer(DhcpServer server, Packet packet, Flow flow) {}
}
