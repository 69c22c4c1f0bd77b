package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneId;

/**
 * What all events have in common: one JSON object a line in the field names of Suricata's EVE format, through one
 * generator that is used again and again. Not thread-safe: who shares one locks it.
 */
final class EveWriter {
    private static final SerializedString TIMESTAMP = new SerializedString("timestamp");
    private static final SerializedString FLOW_ID = new SerializedString("flow_id");
    private static final SerializedString IN_IFACE = new SerializedString("in_iface");
    private static final SerializedString EVENT_TYPE = new SerializedString("event_type");
    private static final SerializedString VLAN = new SerializedString("vlan");
    private static final SerializedString SRC_IP = new SerializedString("src_ip");
    private static final SerializedString SRC_PORT = new SerializedString("src_port");
    private static final SerializedString DEST_IP = new SerializedString("dest_ip");
    private static final SerializedString DEST_PORT = new SerializedString("dest_port");
    private static final SerializedString PROTO = new SerializedString("proto");
    private static final SerializedString[] PROTOCOL_NAMES = new SerializedString[256];

    static {
        for (int i = 0; i < PROTOCOL_NAMES.length; i++) {
            PROTOCOL_NAMES[i] = new SerializedString(Protocols.name(i));
        }
    }

    private final JsonGenerator json;
    private final EveTime time;
    private final SerializedString inIface;
    private final AddressTexts addresses = new AddressTexts();

    /**
     * @param inIface the interface that packets came in by, or null for a file
     * @param zone for time stamps
     */
    EveWriter(Output output, String inIface, ZoneId zone) {
        this.inIface = inIface == null ? null : new SerializedString(inIface);
        this.time = new EveTime(zone);
        try {
            json = new JsonFactory().createGenerator(output, JsonEncoding.UTF8);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an Output does not throw
        }
        json.setRootValueSeparator(null);
    }

    JsonGenerator json() {
        return json;
    }

    /** Begins an object; {@code flowId} 0 for none. */
    void begin(SerializedString eventType, long timestampNs, long flowId) throws IOException {
        json.writeStartObject();
        time(TIMESTAMP, timestampNs);
        if (flowId != 0) {
            json.writeFieldName(FLOW_ID);
            json.writeNumber(flowId);
        }
        if (inIface != null) {
            json.writeFieldName(IN_IFACE);
            json.writeString(inIface);
        }
        json.writeFieldName(EVENT_TYPE);
        json.writeString(eventType);
    }

    /** Ends the object and its line. */
    void end() throws IOException {
        json.writeEndObject();
        json.writeRaw('\n');
    }

    void time(SerializedString name, long timeNs) throws IOException {
        json.writeFieldName(name);
        char[] text = time.chars(timeNs);
        json.writeString(text, 0, text.length);
    }

    void number(SerializedString name, long value) throws IOException {
        json.writeFieldName(name);
        json.writeNumber(value);
    }

    /** The list of tags, outermost first; nothing where there is none. */
    void vlans(long vlans) throws IOException {
        if (vlans == 0) {
            return;
        }
        json.writeFieldName(VLAN);
        json.writeStartArray();
        for (long rest = vlans; rest != 0; rest >>>= 16) {
            json.writeNumber((int) rest & 0xfff);
        }
        json.writeEndArray();
    }

    /** Tags, addresses, ports and protocol of a flow; ICMP's echo identifier stands in the key's ports and is none. */
    void tuple(FlowKey key) throws IOException {
        vlans(key.vlans());
        int protocol = key.protocol();
        tuple(
                key.ipVersion(),
                key.sourceHigh(),
                key.sourceLow(),
                key.sourcePort(),
                key.destinationHigh(),
                key.destinationLow(),
                key.destinationPort(),
                protocol == Protocols.TCP || protocol == Protocols.UDP || protocol == Protocols.SCTP,
                protocol);
    }

    /** Addresses, ports where {@code hasPorts}, and protocol. */
    void tuple(
            int ipVersion,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long destinationHigh,
            long destinationLow,
            int destinationPort,
            boolean hasPorts,
            int protocol)
            throws IOException {
        json.writeFieldName(SRC_IP);
        json.writeString(addresses.of(ipVersion, sourceHigh, sourceLow));
        if (hasPorts) {
            number(SRC_PORT, sourcePort);
        }
        json.writeFieldName(DEST_IP);
        json.writeString(addresses.of(ipVersion, destinationHigh, destinationLow));
        if (hasPorts) {
            number(DEST_PORT, destinationPort);
        }
        json.writeFieldName(PROTO);
        json.writeString(PROTOCOL_NAMES[protocol & 0xff]);
    }

    /** Hands what was written to the output's target. */
    void flush() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an Output does not throw
        }
    }
}
