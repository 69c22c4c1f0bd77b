package dev.weir.classify.tls;

import dev.weir.Direction;
import dev.weir.packet.quic.QuicCryptoStream;
import dev.weir.packet.quic.QuicInitialKeys;

/** The Initial packets of one QUIC connection: keys, packet numbers, and the handshake bytes of both sides. */
final class QuicFlow {
    private final Side client;
    private final Side server;
    private QuicInitialKeys keys;
    private Direction clientDirection;
    private int versionNumber;
    private int packets;

    QuicFlow(int helloLimitBytes) {
        client = new Side(helloLimitBytes);
        server = new Side(helloLimitBytes);
    }

    /** What one side has sent. */
    static final class Side {
        final QuicCryptoStream crypto;
        long largestPacketNumber = -1;
        int read;

        Side(int helloLimitBytes) {
            crypto = new QuicCryptoStream(helloLimitBytes);
        }

        void clear() {
            crypto.clear();
            read = 0;
        }
    }

    Side side(boolean fromClient) {
        return fromClient ? client : server;
    }

    QuicInitialKeys keys() {
        return keys;
    }

    /** The keys that opened a packet. */
    void keys(QuicInitialKeys keys, int versionNumber) {
        this.keys = keys;
        this.versionNumber = versionNumber;
    }

    int versionNumber() {
        return versionNumber;
    }

    /** Which way the client's packets go; null while none was opened. */
    Direction clientDirection() {
        return clientDirection;
    }

    void clientDirection(Direction direction) {
        clientDirection = direction;
    }

    /** Counts the packets that were tried. */
    int countPacket() {
        return ++packets;
    }

    /** Forgets what was collected: the client begins anew (RFC 9000, 17.2.5), or all is read. */
    void clear() {
        client.clear();
        server.clear();
    }

    int memoryBytes() {
        return client.crypto.memoryBytes() + server.crypto.memoryBytes();
    }
}
