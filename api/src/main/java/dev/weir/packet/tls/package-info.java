/**
 * TLS from the outside: records, handshake messages, the two hellos with their extensions. Views are wrapped over bytes,
 * validated once, and allocate nothing but the texts they are asked for; what hostile bytes claim never leads outside the
 * message. What is read is what travels in the clear (RFC 8446, RFC 5246 and the drafts between them).
 *
 * <p>{@link dev.weir.packet.tls.TlsHandshakeReader} finds a message in a stream of records, {@link
 * dev.weir.packet.tls.ClientHelloView} and {@link dev.weir.packet.tls.ServerHelloView} read it.
 */
package dev.weir.packet.tls;
