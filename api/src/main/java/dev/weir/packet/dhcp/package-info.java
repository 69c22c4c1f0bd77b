/**
 * DHCP messages as they stand in a packet: {@link dev.weir.packet.dhcp.Dhcp4View} for IPv4 (RFC 2131, with BOOTP, RFC 951),
 * {@link dev.weir.packet.dhcp.Dhcp6View} for IPv6 (RFC 8415). Views check once, when they are wrapped; they are made once and
 * used again and again, by one thread.
 */
package dev.weir.packet.dhcp;
