package dev.weir.classify.tls;

import dev.weir.Direction;

/**
 * The hellos of a TLS connection, over TCP or within QUIC: one ClientHello and the server's answer to it. Immutable.
 *
 * @param quicVersion the number of the version of QUIC that carried it; 0 over TCP
 * @param clientDirection which way the client's packets travel within the flow
 * @param timestampNs of the packet that completed what is told here, nanoseconds since 1970 (UTC); of the flow's last
 *     packet where there was no answer
 * @param client null when the server's answer is there and its question was not seen, or was of the form of SSL 2
 * @param server null when there was no answer
 */
public record TlsHandshake(
        int quicVersion, Direction clientDirection, long timestampNs, TlsClient client, TlsServer server) {
    /** True within QUIC. */
    public boolean isQuic() {
        return quicVersion != 0;
    }

    /** The version that the server chose, else the highest that the client offers. */
    public int version() {
        return server != null ? server.version() : client.version();
    }
}
