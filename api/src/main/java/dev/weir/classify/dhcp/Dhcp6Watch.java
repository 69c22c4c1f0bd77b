package dev.weir.classify.dhcp;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dhcp.DhcpTables.TransactionKey;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dhcp.Dhcp6Option;
import dev.weir.packet.dhcp.Dhcp6View;
import dev.weir.packet.dhcp.DhcpMessageType;
import dev.weir.packet.dhcp.DhcpText;

/** Follows the conversations of DHCP for IPv6 (RFC 8415, 18). Used with the tables' lock held. */
final class Dhcp6Watch extends DhcpWatch {
    /** RFC 8415, 11.1: a type and 128 octets. */
    private static final int LONGEST_DUID = 130;

    private final Dhcp6View view = new Dhcp6View();
    private final Dhcp6Option option = new Dhcp6Option();
    private final Dhcp6Option within = new Dhcp6Option();
    private final Bytes value = new Bytes();

    Dhcp6Watch(DhcpTables tables, AllowedServers allowed, DhcpListener listener) {
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
        return new TransactionKey(6, view.transactionId(), duid(Dhcp6Option.CLIENT_ID));
    }

    @Override
    boolean isFromServer() {
        return switch (view.messageType()) {
            case DhcpMessageType.ADVERTISE6, DhcpMessageType.REPLY6, DhcpMessageType.RECONFIGURE6 -> true;
            default -> false;
        };
    }

    @Override
    DhcpServer server(Headers headers) {
        return new DhcpServer(new IpAddress(6, headers.sourceHigh(), headers.sourceLow()), duid(Dhcp6Option.SERVER_ID));
    }

    @Override
    boolean isAllowed(DhcpServer server) {
        return allowed.allows6(server);
    }

    /** Empty where there is none, or one that is too long to be any. */
    private String duid(int code) {
        return view.option(code, value) && value.length() <= LONGEST_DUID ? DhcpText.octets(value) : "";
    }

    @Override
    void fromClient(TransactionKey key, long nowNs) {
        switch (view.messageType()) {
            case DhcpMessageType.RELEASE6 -> returned(key, DhcpLease.End.RELEASED);
            case DhcpMessageType.DECLINE6 -> returned(key, DhcpLease.End.DECLINED);
            case DhcpMessageType.SOLICIT6,
                    DhcpMessageType.REQUEST6,
                    DhcpMessageType.CONFIRM6,
                    DhcpMessageType.RENEW6,
                    DhcpMessageType.REBIND6,
                    DhcpMessageType.INFORMATION_REQUEST6 -> {
                // told below
            }
            default -> {
                return; // questions of other servers
            }
        }
        tables.asked(key, view.messageType(), hostName(), nowNs);
    }

    /** The first label of the client's name (RFC 4704, 4: flags, then the name as in DNS). */
    private String hostName() {
        if (!view.option(Dhcp6Option.CLIENT_FQDN, value) || value.length() < 3 || value.u8(1) + 2 > value.length()) {
            return "";
        }
        return DhcpText.printable(value.wrap(value, 2, value.u8(1)));
    }

    @Override
    void fromServer(TransactionKey key, DhcpServer server, long nowNs) {
        if (view.messageType() == DhcpMessageType.REPLY6) {
            DhcpTransaction asked = tables.ended(key, DhcpTransaction.End.ACKNOWLEDGED);
            boolean returning = asked != null
                    && (asked.messageType() == DhcpMessageType.RELEASE6
                            || asked.messageType() == DhcpMessageType.DECLINE6);
            if (!returning) {
                granted(key, server, asked == null ? "" : asked.hostName(), nowNs);
            }
        } else if (view.messageType() == DhcpMessageType.ADVERTISE6) {
            tables.offered(key, server, firstAddress(), nowNs);
        }
    }

    /** Goes to the next address or prefix of an association; ends with the options of the message. */
    private boolean nextAddress() {
        while (true) {
            while (within.next()) {
                if (within.prefixLength() >= 0 && within.prefixLength() <= 128) {
                    return true;
                }
            }
            do {
                if (!option.next()) {
                    return false;
                }
            } while (option.associationId() < 0);
            within.begin(option.options());
        }
    }

    private void beginAddresses() {
        option.begin(view.options());
        within.begin(value.wrap(value, 0, 0));
    }

    private IpAddress address() {
        return new IpAddress(6, within.addressHigh(), within.addressLow());
    }

    private IpAddress firstAddress() {
        beginAddresses();
        return nextAddress() ? address() : null;
    }

    private void granted(TransactionKey key, DhcpServer server, String hostName, long nowNs) {
        beginAddresses();
        while (nextAddress()) {
            if (within.validSeconds() > 0) {
                tables.granted(
                        address(), within.prefixLength(), key.client(), hostName, server, within.validSeconds(), nowNs);
            } else {
                tables.returned(address(), within.prefixLength(), key.client(), DhcpLease.End.REVOKED);
            }
        }
    }

    private void returned(TransactionKey key, DhcpLease.End end) {
        beginAddresses();
        while (nextAddress()) {
            tables.returned(address(), within.prefixLength(), key.client(), end);
        }
    }
}
