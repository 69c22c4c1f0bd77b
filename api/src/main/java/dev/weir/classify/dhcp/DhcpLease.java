package dev.weir.classify.dhcp;

import dev.weir.packet.IpAddress;

/**
 * An address or prefix that a server lent.
 *
 * @param address the address, or the first of the prefix
 * @param prefixLength bits of the prefix; 32 or 128 for a single address
 * @param client its hardware address, for IPv6 its DUID; in hexadecimal with colons
 * @param hostName what the client calls itself; empty where it does not say
 * @param server that lent it
 * @param grantedNs when it was lent or last prolonged, nanoseconds since 1970 (UTC)
 * @param expiresNs until when it is kept: what the server said, and {@link DhcpClassifier.Builder#longestLease} at most
 */
public record DhcpLease(
        IpAddress address,
        int prefixLength,
        String client,
        String hostName,
        DhcpServer server,
        long grantedNs,
        long expiresNs) {
    /** How a lease ends. */
    public enum End {
        /** The client gave it back. */
        RELEASED,
        /** The client found that somebody else has the address. */
        DECLINED,
        /** Its time is over. */
        EXPIRED,
        /** The server gave the address to another client, or took it back. */
        REVOKED,
        /** The table was full, and this would have been the first to expire. */
        EVICTED
    }
}
