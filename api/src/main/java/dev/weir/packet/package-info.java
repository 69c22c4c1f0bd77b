/**
 * Views of bytes. A view validates once, when it is wrapped or decoded; after that its accessors cannot fail, and what
 * hostile bytes claim never leads outside the packet. Views are owned by one thread and re-wrapped, never allocated per
 * packet. Byte order is network order unless a name says otherwise.
 *
 * <p>{@link dev.weir.packet.Headers} finds its way through all layers at once and is what flows are made of; a packet brings
 * it along. The views of single headers read the rest of their fields where it says that they are:
 *
 * <pre>{@code
 * private final TcpView tcp = new TcpView(); // a field: used for one packet after the other
 *
 * public Verdict classify(Packet packet, Flow flow) {
 *     if (tcp.wrap(packet.bytes(), packet.headers()) && tcp.has(TcpView.SYN) && tcp.maximumSegmentSize() == -1) {
 *         return Verdict.DROP;
 *     }
 *     return Verdict.CONTINUE;
 * }
 * }</pre>
 *
 * <p>{@link dev.weir.packet.TunnelView} and {@link dev.weir.packet.Headers#decodeInner} go on into tunnels, {@link
 * dev.weir.packet.Checksums} checks and computes.
 */
package dev.weir.packet;
