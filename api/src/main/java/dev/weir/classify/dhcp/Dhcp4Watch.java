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
final class Dhcp4Watch extends DhcpWatch {
    private static final int ADDRESS_BITS = 32;

    private final Dhcp4View view = new Dhcp4View();
    private final Bytes hardware = new Bytes();

    Dhcp4Watch(DhcpTables tables, AllowedServers allowed, DhcpListener listener) {
        super(tables, allowed, listener);
    }

    @Override
    boolean wrap(Bytes bytes, int offset, int length) {
        return view.wrap(bytes, offset, length);
    }

    @Override
    void tell(Packet packet, Flow flow) {
        listener.message(view, packet, flow);
    }

    @Override
    TransactionKey key() {
        return new TransactionKey(4, view.transactionId(), DhcpText.octets(view.hardwareAddress(hardware)));
    }

    @Override
    boolean isFromServer() {
        return view.operation() != Dhcp4View.REQUEST;
    }

    @Override
    DhcpServer server(Headers headers) {
        IpAddress identifier = identifier();
        return new DhcpServer(
                new IpAddress(4, 0, headers.sourceLow()), identifier == null ? "" : identifier.toString());
    }

    @Override
    boolean isAllowed(DhcpServer server) {
        return allowed.allows4(server, identifier());
    }

    /** Null where the server does not name itself. */
    private IpAddress identifier() {
        return view.serverIdentifier() == 0 ? null : address(view.serverIdentifier());
    }

    private static IpAddress address(int address) {
        return new IpAddress(4, 0, IpAddress.IPV4_MAPPED | address & 0xffff_ffffL);
    }

    @Override
    void fromClient(TransactionKey key, long nowNs) {
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

    @Override
    void fromServer(TransactionKey key, DhcpServer server, long nowNs) {
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
