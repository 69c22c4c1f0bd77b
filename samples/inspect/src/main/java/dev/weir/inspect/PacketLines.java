package dev.weir.inspect;

import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;

/**
 * {@code --packets}: one line for each packet, for people:
 * {@code 14:22:33.123456 TCP 10.0.0.1:4711 > 10.0.0.2:80 [PA] 120 bytes}.
 */
final class PacketLines implements View {
    private final Output output;
    private final EveTime time;
    private final AddressTexts addresses = new AddressTexts();
    private final StringBuilder line = new StringBuilder(160);

    PacketLines(Output output, ZoneId zone) {
        this.output = output;
        this.time = new EveTime(zone);
    }

    @Override
    public synchronized Verdict classify(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        line.setLength(0);
        line.append(time.chars(packet.timestampNs()), EveTime.TIME_OF_DAY, EveTime.ZONE - EveTime.TIME_OF_DAY);
        line.append(' ');
        for (int i = 0; i < headers.vlanCount(); i++) {
            line.append(i == 0 ? "vlan " : ",").append(headers.vlan(i));
        }
        if (headers.vlanCount() > 0) {
            line.append(' ');
        }
        if (headers.isIp()) {
            ip(headers);
        } else {
            notIp(packet, headers);
        }
        if (packet.capturedLength() < packet.wireLength()) {
            line.append(", ").append(packet.capturedLength()).append(" captured");
        }
        line.append('\n');
        byte[] bytes = line.toString().getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
        return Verdict.CONTINUE;
    }

    private void ip(Headers headers) {
        int protocol = headers.protocol();
        line.append(Protocols.name(protocol)).append(' ');
        endpoint(headers, headers.sourceHigh(), headers.sourceLow(), headers.sourcePort());
        line.append(" > ");
        endpoint(headers, headers.destinationHigh(), headers.destinationLow(), headers.destinationPort());
        if (protocol == Protocols.TCP && headers.hasTransport()) {
            line.append(" [").append(TcpFlags.letters(headers.tcpFlags())).append(']');
        }
        if (headers.isFragment()) {
            line.append(" fragment at ").append(headers.fragmentOffset());
            line.append(headers.moreFragments() ? " and more," : " and last,");
        }
        line.append(' ').append(headers.payloadLength()).append(" bytes");
    }

    private void endpoint(Headers headers, long high, long low, int port) {
        boolean brackets = headers.ipVersion() == 6 && headers.hasPorts();
        line.append(brackets ? "[" : "")
                .append(addresses.of(headers.ipVersion(), high, low).getValue())
                .append(brackets ? "]" : "");
        if (headers.hasPorts()) {
            line.append(':').append(port);
        }
    }

    private void notIp(Packet packet, Headers headers) {
        int type = headers.etherType();
        if (type < 0) {
            line.append(LinkType.name(packet.linkType()));
        } else {
            line.append("ether type 0x");
            for (int shift = 12; shift >= 0; shift -= 4) {
                line.append(Character.forDigit(type >>> shift & 0xf, 16));
            }
            line.append(type == 0x0806 ? " (ARP)" : "");
        }
        line.append(", ").append(packet.wireLength()).append(" bytes");
    }

    @Override
    public synchronized void refresh(Ledger ledger) {
        output.flush();
    }

    @Override
    public synchronized void finish() {
        output.flush();
    }
}
