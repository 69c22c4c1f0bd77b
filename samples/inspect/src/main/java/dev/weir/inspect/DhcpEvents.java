package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dhcp.DhcpListener;
import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dhcp.Dhcp4View;
import dev.weir.packet.dhcp.Dhcp6Option;
import dev.weir.packet.dhcp.Dhcp6View;
import dev.weir.packet.dhcp.DhcpMessageType;
import dev.weir.packet.dhcp.DhcpOption;
import dev.weir.packet.dhcp.DhcpText;
import java.io.IOException;

/**
 * Events of type "dhcp", in the names of Suricata's EVE with its extended fields. It has none for IPv6: these have the same
 * names where they mean the same, and say {@code "version": 6}.
 */
final class DhcpEvents implements DhcpListener {
    private static final SerializedString DHCP = new SerializedString("dhcp");

    private final ProtocolEvents events;

    DhcpEvents(ProtocolEvents events) {
        this.events = events;
    }

    @Override
    public void message(Dhcp4View message, Packet packet, Flow flow) {
        events.print(DHCP, packet.timestampNs(), flow, packet.direction(), json -> version4(json, message));
    }

    @Override
    public void message(Dhcp6View message, Packet packet, Flow flow) {
        events.print(DHCP, packet.timestampNs(), flow, packet.direction(), json -> version6(json, message));
    }

    private static void version4(JsonGenerator json, Dhcp4View message) throws IOException {
        boolean reply = message.operation() == Dhcp4View.REPLY;
        json.writeStringField("type", reply ? "reply" : "request");
        json.writeNumberField("id", message.transactionId() & 0xffff_ffffL);
        Bytes value = new Bytes();
        json.writeStringField("client_mac", DhcpText.octets(message.hardwareAddress(value)));
        address(json, "assigned_ip", message.yourAddress());
        address(json, "client_ip", message.clientAddress());
        if (reply) {
            address(json, "relay_ip", message.relayAddress());
            address(json, "next_server_ip", message.nextServerAddress());
        }
        if (message.option(DhcpOption.CLIENT_IDENTIFIER, value)) {
            json.writeStringField("client_id", DhcpText.octets(value));
        }
        if (message.messageType() != 0) {
            json.writeStringField("dhcp_type", DhcpMessageType.name4(message.messageType()));
        }
        firstAddress(json, "requested_ip", DhcpOption.REQUESTED_ADDRESS, message);
        text(json, "hostname", DhcpOption.HOST_NAME, message);
        text(json, "vendor_class_identifier", DhcpOption.VENDOR_CLASS, message);
        parameters(json, message);
        seconds(json, "lease_time", DhcpOption.LEASE_TIME, message);
        seconds(json, "renewal_time", DhcpOption.RENEWAL_TIME, message);
        seconds(json, "rebinding_time", DhcpOption.REBINDING_TIME, message);
        firstAddress(json, "subnet_mask", DhcpOption.SUBNET_MASK, message);
        addresses(json, "routers", DhcpOption.ROUTERS, message);
        addresses(json, "dns_servers", DhcpOption.DNS_SERVERS, message);
    }

    private static void address(JsonGenerator json, String name, int address) throws IOException {
        json.writeStringField(name, IpAddress.format(4, 0, address & 0xffff_ffffL));
    }

    private static void firstAddress(JsonGenerator json, String name, int code, Dhcp4View message) throws IOException {
        Bytes value = new Bytes();
        if (message.option(code, value) && value.length() == 4) {
            address(json, name, value.i32(0));
        }
    }

    private static void addresses(JsonGenerator json, String name, int code, Dhcp4View message) throws IOException {
        Bytes value = new Bytes();
        if (!message.option(code, value)) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (int at = 0; at + 4 <= value.length(); at += 4) {
            json.writeString(IpAddress.format(4, 0, value.u32(at)));
        }
        json.writeEndArray();
    }

    private static void text(JsonGenerator json, String name, int code, Dhcp4View message) throws IOException {
        Bytes value = new Bytes();
        if (message.option(code, value) && value.length() > 0) {
            json.writeStringField(name, DhcpText.printable(value));
        }
    }

    private static void seconds(JsonGenerator json, String name, int code, Dhcp4View message) throws IOException {
        long seconds = message.secondsOption(code);
        if (seconds >= 0) {
            json.writeNumberField(name, seconds);
        }
    }

    /** What the client asks for; EVE has names for these and leaves the others out. */
    private static void parameters(JsonGenerator json, Dhcp4View message) throws IOException {
        Bytes value = new Bytes();
        if (!message.option(DhcpOption.PARAMETER_LIST, value)) {
            return;
        }
        json.writeArrayFieldStart("params");
        for (int i = 0; i < value.length(); i++) {
            String name =
                    switch (value.u8(i)) {
                        case DhcpOption.SUBNET_MASK -> "subnet_mask";
                        case DhcpOption.ROUTERS -> "router";
                        case DhcpOption.DNS_SERVERS -> "dns_server";
                        case DhcpOption.DOMAIN_NAME -> "domain";
                        case 35 -> "arp_timeout";
                        case 42 -> "ntp_server";
                        case 66 -> "tftp_server_name";
                        case 150 -> "tftp_server_ip";
                        default -> "";
                    };
            if (!name.isEmpty()) {
                json.writeString(name);
            }
        }
        json.writeEndArray();
    }

    private static void version6(JsonGenerator json, Dhcp6View message) throws IOException {
        int type = message.messageType();
        boolean reply = type == DhcpMessageType.ADVERTISE6
                || type == DhcpMessageType.REPLY6
                || type == DhcpMessageType.RECONFIGURE6;
        json.writeNumberField("version", 6);
        json.writeStringField("type", reply ? "reply" : "request");
        json.writeNumberField("id", message.transactionId());
        json.writeStringField("dhcp_type", DhcpMessageType.name6(type));
        Bytes value = new Bytes();
        if (message.option(Dhcp6Option.CLIENT_ID, value)) {
            json.writeStringField("client_id", DhcpText.octets(value));
        }
        if (message.option(Dhcp6Option.SERVER_ID, value)) {
            json.writeStringField("server_id", DhcpText.octets(value));
        }
        assigned(json, message);
        if (message.relayCount() > 0) {
            json.writeStringField(
                    "relay_ip", IpAddress.format(6, message.linkAddressHigh(0), message.linkAddressLow(0)));
        }
    }

    /** The first address as assigned_ip, and every address and prefix with its time in a list. */
    private static void assigned(JsonGenerator json, Dhcp6View message) throws IOException {
        Dhcp6Option association = new Dhcp6Option().begin(message.options());
        Dhcp6Option within = new Dhcp6Option();
        boolean any = false;
        while (association.next()) {
            within.begin(association.associationId() < 0 ? new Bytes() : association.options());
            while (within.next()) {
                if (within.prefixLength() < 0) {
                    continue;
                }
                String address = IpAddress.format(6, within.addressHigh(), within.addressLow());
                if (!any) {
                    json.writeStringField("assigned_ip", address);
                    json.writeArrayFieldStart("leases");
                    any = true;
                }
                json.writeStartObject();
                json.writeStringField("ip", address);
                json.writeNumberField("prefix_length", within.prefixLength());
                json.writeNumberField("lease_time", within.validSeconds());
                json.writeEndObject();
            }
        }
        if (any) {
            json.writeEndArray();
        }
    }
}
