package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dns.DnsListener;
import dev.weir.packet.Bytes;
import dev.weir.packet.dhcp.DhcpText;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsText;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Events of type "dns", in the form of version 2 of Suricata's EVE: one for each question of a query, one for a response. */
final class DnsEvents implements DnsListener {
    private static final SerializedString DNS = new SerializedString("dns");
    private static final int VERSION = 2;

    private final ProtocolEvents events;

    DnsEvents(ProtocolEvents events) {
        this.events = events;
    }

    @Override
    public void message(DnsView message, Packet packet, Flow flow) {
        if (message.isResponse()) {
            print(packet, flow, json -> answer(json, message));
            return;
        }
        DnsRecord record = new DnsRecord().begin(message);
        while (record.next() && record.isQuestion()) {
            print(packet, flow, json -> {
                head(json, "query", message);
                question(json, record);
                json.writeNumberField("opcode", message.opcode());
            });
        }
    }

    private void print(Packet packet, Flow flow, ProtocolEvents.Body body) {
        events.print(DNS, packet.timestampNs(), flow, packet.direction(), body);
    }

    private static void head(JsonGenerator json, String type, DnsView message) throws IOException {
        json.writeNumberField("version", VERSION);
        json.writeStringField("type", type);
        json.writeNumberField("id", message.id());
    }

    private static void question(JsonGenerator json, DnsRecord record) throws IOException {
        json.writeStringField("rrname", record.name(new DnsName()).toString());
        json.writeStringField("rrtype", DnsType.name(record.type()));
    }

    private static void answer(JsonGenerator json, DnsView message) throws IOException {
        head(json, "answer", message);
        json.writeStringField("flags", Integer.toHexString(message.flags()));
        json.writeBooleanField("qr", true);
        flag(json, "aa", message.isAuthoritative());
        flag(json, "tc", message.isTruncated());
        flag(json, "rd", message.isRecursionDesired());
        flag(json, "ra", message.isRecursionAvailable());
        flag(json, "z", message.isReservedSet());
        json.writeNumberField("opcode", message.opcode());
        DnsRecord record = new DnsRecord().begin(message);
        if (record.next() && record.isQuestion()) {
            question(json, record);
        }
        json.writeStringField("rcode", DnsType.responseCode(message.responseCode()));
        section(json, "answers", DnsSection.ANSWER, message);
        grouped(json, message);
        section(json, "authorities", DnsSection.AUTHORITY, message);
    }

    private static void flag(JsonGenerator json, String name, boolean set) throws IOException {
        if (set) {
            json.writeBooleanField(name, true);
        }
    }

    private static void section(JsonGenerator json, String name, DnsSection section, DnsView message)
            throws IOException {
        if (message.count(section) == 0) {
            return;
        }
        json.writeArrayFieldStart(name);
        DnsRecord record = new DnsRecord().begin(message);
        while (record.next()) {
            if (record.section() == section) {
                json.writeStartObject();
                question(json, record);
                json.writeNumberField("ttl", record.timeToLiveSeconds());
                if (isStructured(record)) {
                    json.writeFieldName(structureName(record));
                    structure(json, record);
                } else {
                    json.writeStringField("rdata", data(record));
                }
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    /** The data of the answers by type, for searching. */
    private static void grouped(JsonGenerator json, DnsView message) throws IOException {
        if (message.count(DnsSection.ANSWER) == 0) {
            return;
        }
        Map<Integer, List<ProtocolEvents.Body>> types = new LinkedHashMap<>();
        DnsRecord record = new DnsRecord().begin(message);
        int number = 0;
        while (record.next()) {
            if (record.section() == DnsSection.ANSWER) {
                int index = number;
                types.computeIfAbsent(record.type(), type -> new ArrayList<>())
                        .add(body -> group(body, at(message, index)));
            }
            number++;
        }
        json.writeObjectFieldStart("grouped");
        for (Map.Entry<Integer, List<ProtocolEvents.Body>> type : types.entrySet()) {
            json.writeArrayFieldStart(DnsType.name(type.getKey()));
            for (ProtocolEvents.Body value : type.getValue()) {
                value.write(json);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static DnsRecord at(DnsView message, int index) {
        DnsRecord record = new DnsRecord().begin(message);
        for (int i = 0; i <= index; i++) {
            record.next();
        }
        return record;
    }

    private static void group(JsonGenerator json, DnsRecord record) throws IOException {
        if (isStructured(record)) {
            structure(json, record);
        } else {
            json.writeString(data(record));
        }
    }

    /** EVE leaves the preference of a mail exchanger out. */
    private static String data(DnsRecord record) {
        DnsName name = new DnsName();
        return record.type() == DnsType.MX && record.target(name) ? name.toString() : DnsText.data(record);
    }

    private static boolean isStructured(DnsRecord record) {
        return switch (record.type()) {
            case DnsType.SOA -> DnsText.startOfAuthority(record) != null;
            case DnsType.SRV -> record.target(new DnsName());
            case DnsType.SSHFP -> record.dataLength() > 2;
            default -> false;
        };
    }

    private static String structureName(DnsRecord record) {
        return switch (record.type()) {
            case DnsType.SOA -> "soa";
            case DnsType.SRV -> "srv";
            default -> "sshfp";
        };
    }

    private static void structure(JsonGenerator json, DnsRecord record) throws IOException {
        json.writeStartObject();
        switch (record.type()) {
            case DnsType.SOA -> {
                DnsText.StartOfAuthority soa = DnsText.startOfAuthority(record);
                json.writeStringField("mname", soa.primary());
                json.writeStringField("rname", soa.mailbox());
                json.writeNumberField("serial", soa.serial());
                json.writeNumberField("refresh", soa.refreshSeconds());
                json.writeNumberField("retry", soa.retrySeconds());
                json.writeNumberField("expire", soa.expireSeconds());
                json.writeNumberField("minimum", soa.minimumSeconds());
            }
            case DnsType.SRV -> {
                DnsName name = new DnsName();
                record.target(name);
                json.writeNumberField("priority", record.priority());
                json.writeNumberField("weight", record.weight());
                json.writeNumberField("port", record.port());
                json.writeStringField("name", name.toString());
            }
            default -> {
                Bytes data = record.data(new Bytes());
                json.writeStringField("fingerprint", DhcpText.octets(new Bytes().wrap(data, 2, data.length() - 2)));
                json.writeNumberField("algo", data.u8(0));
                json.writeNumberField("type", data.u8(1));
            }
        }
        json.writeEndObject();
    }
}
