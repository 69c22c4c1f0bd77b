/**
 * Watches DHCP for IPv4 and IPv6: which clients ask, which servers answer, which addresses are lent, and whether a server
 * answers that should not.
 *
 * <p>A {@link dev.weir.classify.dhcp.DhcpClassifier} keeps bounded tables of conversations, leases and servers, tells a {@link
 * dev.weir.classify.dhcp.DhcpListener}, and drops what servers say that are not among those given. The plug-in is called
 * {@code dhcp}.
 */
package dev.weir.classify.dhcp;
