package dev.weir.classify.tls;

/**
 * What a server chose in its ServerHello.
 *
 * @param version the chosen one ({@link dev.weir.packet.tls.TlsVersions})
 * @param cipherSuite the chosen one
 * @param alpn the chosen application protocol where it is said in the clear (up to TLS 1.2); else empty
 * @param ja3s the text of the fingerprint JA3S
 * @param ja3sHash its MD5 in hexadecimal
 * @param retryRequested whether this is a HelloRetryRequest: the client then sends another ClientHello
 */
public record TlsServer(
        int version, int cipherSuite, String alpn, String ja3s, String ja3sHash, boolean retryRequested) {}
