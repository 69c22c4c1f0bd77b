package dev.weir.classify.dhcp;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dhcp.DhcpTables.TransactionKey;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dhcp.Dhcp4View;
import dev.weir.packet.dhcp.DhcpMessageType;
import dev.weir.packet.dhcp.DhcpText;

/** Follows the conversations of DHCP for IPv4 (RFC 2131, 3 and 4). Used with the tables' lock held. */
final class Dhcp4Watch {
    private static final int ADDRESS_BITS = 32;

    private final DhcpTables tables;
    private final AllowedServers allowed;
    private final DhcpListener listener;
    private final Dhcp4View view = new Dhcp4View();
    private final Bytes hardware = new Bytes();

    Dhcp4Watch(DhcpTables tables, AllowedServers allowed, DhcpListener listener) {
        this.tables = tables;
        this.allowed = allowed;
        this.listener = listener;
    }

    /** Takes note of a message; true when a server says it that must not. */
    boolean isRogue(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        int offset = headers.payloadOffset();
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - offset);
        if (length <= 0 || !view.wrap(packet.bytes(), offset, length)) {
            return false;
        }
        listener.message(view, packet, flow);
        String client = DhcpText.octets(view.hardwareAddress(hardware));
        TransactionKey key = new TransactionKey(4, view.transactionId(), client);
        long nowNs = packet.timestampNs();
        if (view.operation() == Dhcp4View.REQUEST) {
            fromClient(key, nowNs);
            return false;
        }
        IpAddress identifier = view.serverIdentifier() == 0 ? null : address(view.serverIdentifier());
        DhcpServer server = new DhcpServer(
                new IpAddress(4, 0, headers.sourceLow()), identifier == null ? "" : identifier.toString());
        tables.heard(server, nowNs);
        if (!allowed.allows4(server, identifier)) {
            listener.rogueServer(server, packet, flow);
            return true;
        }
        fromServer(key, server, nowNs);
        return false;
    }

    private static IpAddress address(int address) {
        return new IpAddress(4, 0, IpAddress.IPV4_MAPPED | address & 0xffff_ffffL);
    }

    private void fromClient(TransactionKey key, long nowNs) {
        switch (view.messageType()) {
            case DhcpMessageType.DISCOVER, DhcpMessageType.REQUEST, DhcpMessageType.INFORM ->
                tables.asked(key, view.messageType(), view.hostName(), nowNs);
            case DhcpMessageType.RELEASE ->
                tables.returned(address(view.clientAddress()), ADDRESS_BITS, key.client(), DhcpLease.End.RELEASED);
            case DhcpMessageType.DECLINE ->
                tables.returned(address(view.requestedAddress()), ADDRESS_BITS, key.client(), DhcpLease.End.DECLINED);
            default -> {
                // BOOTP, and questions of other servers
            }
        }
    }

    private void fromServer(TransactionKey key, DhcpServer server, long nowNs) {
        switch (view.messageType()) {
            case DhcpMessageType.OFFER -> tables.offered(key, server, address(view.yourAddress()), nowNs);
            case DhcpMessageType.NAK -> tables.ended(key, DhcpTransaction.End.REFUSED);
            case DhcpMessageType.ACK -> {
                DhcpTransaction asked = tables.ended(key, DhcpTransaction.End.ACKNOWLEDGED);
                // An answer to DHCPINFORM lends nothing: it has neither.
                if (view.yourAddress() != 0 && view.leaseSeconds() > 0) {
                    String hostName = asked != null ? asked.hostName() : view.hostName();
                    tables.granted(
                            address(view.yourAddress()),
                            ADDRESS_BITS,
                            key.client(),
                            hostName,
                            server,
                            view.leaseSeconds(),
                            nowNs);
                }
            }
            default -> {
                // BOOTP, and answers to other servers
            }
        }
    }
}
