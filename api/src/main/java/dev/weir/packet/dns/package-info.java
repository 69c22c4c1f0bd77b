/**
 * DNS messages (RFC 1035) as they stand in a packet: over UDP, behind the length field of TCP, multicast DNS (RFC 6762) and
 * LLMNR (RFC 4795), with EDNS (RFC 6891).
 *
 * <p>{@link dev.weir.packet.dns.DnsView} is wrapped around the bytes and checks every name of every record once; {@link
 * dev.weir.packet.dns.DnsRecord} walks over the records of all sections; {@link dev.weir.packet.dns.DnsName} holds a name that
 * was read, flat and in lower case, to be compared without allocating. All three are made once and used again and again, by
 * one thread.
 */
package dev.weir.packet.dns;
