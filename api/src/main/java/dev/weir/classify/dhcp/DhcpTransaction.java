package dev.weir.classify.dhcp;

import dev.weir.packet.IpAddress;

/**
 * A conversation of a client that was not answered for good when this was made.
 *
 * @param version 4 or 6: of IP
 * @param id the number that the client chose: 32 bits for IPv4, 24 for IPv6
 * @param client its hardware address, for IPv6 its DUID; in hexadecimal with colons
 * @param messageType of its latest message, a number of {@link dev.weir.packet.dhcp.DhcpMessageType}
 * @param hostName what the client calls itself; empty where it does not say
 * @param server that has offered something; null for none
 * @param address that it has offered; null for none
 * @param startedNs when the client's first message was seen, nanoseconds since 1970 (UTC)
 * @param latestNs when the latest was
 */
public record DhcpTransaction(
        int version,
        int id,
        String client,
        int messageType,
        String hostName,
        DhcpServer server,
        IpAddress address,
        long startedNs,
        long latestNs) {
    /** How a conversation ends. */
    public enum End {
        /** The server agreed. */
        ACKNOWLEDGED,
        /** The server refused (DHCPNAK). */
        REFUSED,
        /** Nobody said anything more. */
        TIMED_OUT,
        /** The table was full, and this was the oldest. */
        EVICTED
    }
}
