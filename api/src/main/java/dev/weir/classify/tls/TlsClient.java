package dev.weir.classify.tls;

import java.util.List;

/**
 * What a client said of itself in its ClientHello.
 *
 * @param version the highest it offers, GREASE left out ({@link dev.weir.packet.tls.TlsVersions})
 * @param serverName whom it asks for, as it was sent, cut to 255 characters; empty for none
 * @param alpn the application protocols it offers, most wanted first, at most 32
 * @param ja3 the text of the fingerprint JA3
 * @param ja3Hash its MD5 in hexadecimal
 * @param ja4 the fingerprint JA4
 */
public record TlsClient(int version, String serverName, List<String> alpn, String ja3, String ja3Hash, String ja4) {}
