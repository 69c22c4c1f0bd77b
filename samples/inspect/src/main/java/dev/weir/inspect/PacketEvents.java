package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import java.io.IOException;
import java.io.UncheckedIOException;

/** {@code --packets --json}: one object for each packet, in the order of arrival. */
final class PacketEvents implements View {
    private static final SerializedString PACKET = new SerializedString("packet");
    private static final SerializedString PCAP_CNT = new SerializedString("pcap_cnt");
    private static final SerializedString LEN = new SerializedString("len");
    private static final SerializedString PAYLOAD_LEN = new SerializedString("payload_len");
    private static final SerializedString FRAGMENT = new SerializedString("fragment");
    private static final SerializedString ETHER_TYPE = new SerializedString("ether_type");
    private static final SerializedString ICMP_TYPE = new SerializedString("icmp_type");
    private static final SerializedString ICMP_CODE = new SerializedString("icmp_code");
    private static final SerializedString TCP = new SerializedString("tcp");
    private static final SerializedString TCP_FLAGS = new SerializedString("tcp_flags");
    private static final SerializedString[] HEX = new SerializedString[256];

    static {
        for (int i = 0; i < HEX.length; i++) {
            HEX[i] = new SerializedString(TcpFlags.hex(i));
        }
    }

    private final EveWriter eve;
    private long count;

    PacketEvents(EveWriter eve) {
        this.eve = eve;
    }

    @Override
    public synchronized Verdict classify(Packet packet, Flow flow) {
        try {
            write(packet, flow);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // an Output does not throw
        }
        return Verdict.CONTINUE;
    }

    private void write(Packet packet, Flow flow) throws IOException {
        Headers headers = packet.headers();
        JsonGenerator json = eve.json();
        eve.begin(PACKET, packet.timestampNs(), headers.isIp() ? flow.id() : 0);
        eve.number(PCAP_CNT, ++count);
        eve.vlans(headers.vlans());
        if (headers.isIp()) {
            eve.tuple(
                    headers.ipVersion(),
                    headers.sourceHigh(),
                    headers.sourceLow(),
                    headers.sourcePort(),
                    headers.destinationHigh(),
                    headers.destinationLow(),
                    headers.destinationPort(),
                    headers.hasPorts(),
                    headers.protocol());
        } else if (headers.etherType() >= 0) {
            eve.number(ETHER_TYPE, headers.etherType());
        }
        eve.number(LEN, packet.wireLength());
        if (headers.isIp()) {
            boolean stated = headers.protocol() == Protocols.TCP || headers.protocol() == Protocols.UDP;
            int payloadLength = stated ? headers.statedPayloadLength() : headers.payloadLength();
            if (payloadLength >= 0) { // of a TCP segment in fragments it is not known
                eve.number(PAYLOAD_LEN, payloadLength);
            }
            if (headers.isFragment()) {
                json.writeFieldName(FRAGMENT);
                json.writeBoolean(true);
            }
            if (headers.hasTransport()) {
                transport(packet, headers, json);
            }
        }
        eve.end();
    }

    private void transport(Packet packet, Headers headers, JsonGenerator json) throws IOException {
        switch (headers.protocol()) {
            case Protocols.TCP -> {
                json.writeFieldName(TCP);
                json.writeStartObject();
                json.writeFieldName(TCP_FLAGS);
                json.writeString(HEX[headers.tcpFlags()]);
                json.writeEndObject();
            }
            case Protocols.ICMP, Protocols.IPV6_ICMP -> {
                eve.number(ICMP_TYPE, packet.bytes().u8(headers.transportOffset()));
                eve.number(ICMP_CODE, packet.bytes().u8(headers.transportOffset() + 1));
            }
            default -> {
                // nothing to add
            }
        }
    }

    @Override
    public synchronized void refresh(Ledger ledger) {
        eve.flush();
    }

    @Override
    public synchronized void finish() {
        eve.flush();
    }
}
