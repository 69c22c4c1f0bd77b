package dev.weir.classify.dhcp;

import dev.weir.packet.IpAddress;

/**
 * Who answers.
 *
 * @param address that its message came from: its own, or that of a relay agent on the client's link
 * @param identifier what it calls itself: an address for IPv4 (option 54), a DUID in hexadecimal with colons for IPv6; empty
 *     where it does not say
 */
public record DhcpServer(IpAddress address, String identifier) {}
