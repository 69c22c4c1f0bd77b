package dev.weir.classify.dhcp;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dhcp.DhcpTables.TransactionKey;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;

/**
 * Follows the conversations of DHCP: who says what is the same for both versions, the messages are not. Used with the
 * tables' lock held.
 */
abstract class DhcpWatch {
    final DhcpTables tables;
    final AllowedServers allowed;
    final DhcpListener listener;

    DhcpWatch(DhcpTables tables, AllowedServers allowed, DhcpListener listener) {
        this.tables = tables;
        this.allowed = allowed;
        this.listener = listener;
    }

    /** Takes note of a message; true when a server says it that must not. */
    final boolean isRogue(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        int offset = headers.payloadOffset();
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - offset);
        if (length <= 0 || !wrap(packet.bytes(), offset, length)) {
            return false;
        }
        tell(packet, flow);
        TransactionKey key = key();
        long nowNs = packet.timestampNs();
        if (!isFromServer()) {
            fromClient(key, nowNs);
            return false;
        }
        DhcpServer server = server(headers);
        tables.heard(server, nowNs);
        if (!isAllowed(server)) {
            listener.rogueServer(server, packet, flow);
            return true;
        }
        fromServer(key, server, nowNs);
        return false;
    }

    /** Goes to a message; false when it is none. All below are about that message. */
    abstract boolean wrap(Bytes bytes, int offset, int length);

    /** Tells the listener. */
    abstract void tell(Packet packet, Flow flow);

    abstract TransactionKey key();

    abstract boolean isFromServer();

    abstract DhcpServer server(Headers headers);

    abstract boolean isAllowed(DhcpServer server);

    abstract void fromClient(TransactionKey key, long nowNs);

    abstract void fromServer(TransactionKey key, DhcpServer server, long nowNs);
}
