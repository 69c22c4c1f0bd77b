/**
 * HTTP/1.0 and 1.1 (RFC 9112): {@link dev.weir.packet.http.HttpHeadView} reads the head of a request or of a response,
 * {@link dev.weir.packet.http.HttpConnectionReader} finds the heads in a connection, behind the bodies of the messages
 * before them. Both read what is lenient and doubtful as servers do, and say so ({@link dev.weir.packet.http.HttpOddity}):
 * a filter that refuses to read what a server reads would be walked around.
 */
package dev.weir.packet.http;
