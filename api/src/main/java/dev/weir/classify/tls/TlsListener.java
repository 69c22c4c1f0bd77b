package dev.weir.classify.tls;

import dev.weir.Flow;

/** Is told of TLS handshakes. Called on the flow's thread, by several threads at once where there are several workers. */
@FunctionalInterface
public interface TlsListener {
    /**
     * A ClientHello was answered, or will not be any more: its flow has ended, was blocked, or the server said something
     * else. A handshake with a HelloRetryRequest is two of these. What is told is allocated for the purpose, about 1 KiB,
     * and may be kept.
     */
    void handshake(TlsHandshake handshake, Flow flow);
}
