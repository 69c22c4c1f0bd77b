/**
 * Packets for tests. {@link dev.weir.testkit.packet.PacketBuilder} makes one packet, header by header from the outside
 * in, with correct lengths and checksums unless told otherwise; {@link dev.weir.testkit.packet.TcpConversation} makes
 * the packets of a TCP connection.
 */
package dev.weir.testkit.packet;
