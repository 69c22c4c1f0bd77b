package dev.weir.classify.rules;

import dev.weir.Direction;
import dev.weir.Packet;
import dev.weir.classify.Application;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.StepBudget;
import dev.weir.classify.rules.FlowContent.Half;
import dev.weir.classify.tls.Ja3;
import dev.weir.classify.tls.Ja4;
import dev.weir.classify.tls.TlsClassifier;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsTcp;
import dev.weir.packet.dns.DnsView;
import dev.weir.packet.http.HttpConnectionReader.Step;
import dev.weir.packet.http.HttpHeadView;
import dev.weir.packet.quic.QuicLongHeaderView;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.TlsHandshakeReader;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamEnd;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * Reads content, and tells a flow which conditions hold. One for each thread and set of rules. Allocates nothing, except for
 * each ClientHello where rules ask for JA3 or JA4.
 */
final class ContentReader {
    private final ContentRules rules;
    private final long payloadBytes;
    private final Map<ConditionType, RegexMatches> matches = new EnumMap<>(ConditionType.class);
    private final HttpConditions http;
    private final StepBudget budget = new StepBudget();
    private final HttpHeadView head = new HttpHeadView();
    private final TlsHandshakeReader handshakes = new TlsHandshakeReader();
    private final ClientHelloView hello = new ClientHelloView();
    private final QuicLongHeaderView quicHeader = new QuicLongHeaderView();
    private final Ja3 ja3 = new Ja3();
    private final Ja4 ja4 = new Ja4();
    private final DnsView dns = new DnsView();
    private final DnsRecord record = new DnsRecord();
    private final DnsName name = new DnsName();

    ContentReader(ContentRules rules, long payloadBytes) {
        this.rules = rules;
        this.payloadBytes = payloadBytes;
        http = new HttpConditions(rules, this);
        for (ConditionType type : ConditionType.values()) {
            if (rules.expressions(type) != null) {
                matches.put(type, rules.expressions(type).newMatches());
            }
        }
    }

    ContentRules rules() {
        return rules;
    }

    /** Another packet: its budget is whole. */
    void begin() {
        budget.renew();
    }

    StepBudget budget() {
        return budget;
    }

    /** Reads what a direction of a connection has newly brought; says what it is done with. */
    void stream(StreamBytes stream, FlowContent content, boolean mayBeDns) {
        Half half = content.half(stream.direction());
        Bytes bytes = stream.bytes();
        payload(stream, content, half);
        int done = bytes.length();
        if (done > 0) {
            if (!mayBeDns) {
                content.close(half, ContentKind.DNS);
            }
            if (half.isOpen(ContentKind.DNS)) {
                content.close(half, ContentKind.HTTP);
                content.close(half, ContentKind.TLS);
                int read = dnsFrames(bytes, content, half);
                done = half.isOpen(ContentKind.DNS) ? read : done;
            } else if (half.isOpen(ContentKind.TLS)) {
                done = tls(stream, content, half);
                if (done == 0 && half.tlsRead == 0) {
                    return; // the connection may begin with a hello: what is there of it is shown again
                }
            }
            if (half.isOpen(ContentKind.HTTP)) {
                int read = requests(stream, content, half);
                done = half.isOpen(ContentKind.HTTP) ? Math.min(done, read) : done;
            }
        }
        StreamEnd end = stream.end();
        if (end != StreamEnd.OPEN && (end != StreamEnd.LIMIT || done == 0)) {
            content.close(half, ContentKind.HTTP);
            content.close(half, ContentKind.DNS);
            content.close(half, ContentKind.TLS);
            done = bytes.length();
        }
        stream.consume(done);
        if (end == StreamEnd.GAP && half.isOpen(ContentKind.PAYLOAD)) {
            stream.skipGap();
        }
        if (half.isOver()) {
            stream.enough();
        }
    }

    private void payload(StreamBytes stream, FlowContent content, Half half) {
        if (half.payload == null || !half.isOpen(ContentKind.PAYLOAD)) {
            return;
        }
        int from = (int) Math.max(0, half.payloadRead - stream.offset());
        int length = stream.bytes().length() - from;
        int before = half.payload.matches().count();
        if (stream.end() == StreamEnd.FINISHED) {
            half.payload.end(stream.bytes(), from, length, budget);
        } else {
            half.payload.read(stream.bytes(), from, length, budget);
        }
        half.payloadRead = stream.offset() + from + length;
        RegexMatches found = half.payload.matches();
        if (found.count() > before) {
            holds(content, half, rules.expressions(ConditionType.PAYLOAD_REGEX), found);
        }
        if (half.payload.isOver() || half.payloadRead >= payloadBytes) {
            content.close(half, ContentKind.PAYLOAD);
        }
    }

    /** Looks for a ClientHello where the new bytes begin; returns where the bytes begin that are to be shown again. */
    private int tls(StreamBytes stream, FlowContent content, Half half) {
        Bytes bytes = stream.bytes();
        Direction direction = stream.direction();
        int from = (int) Math.max(0, half.tlsRead - stream.offset());
        TlsHandshakeReader.Status status = from == bytes.length()
                ? TlsHandshakeReader.Status.NOT_TLS
                : handshakes.read(bytes, from, bytes.length() - from);
        boolean begins = half.tlsRead == 0;
        switch (status) {
            case INCOMPLETE -> {
                if (stream.end() == StreamEnd.OPEN) {
                    content.beginMessage(half, ContentKind.TLS);
                    return from;
                }
            }
            case NOT_TLS -> {
                half.tlsRead = stream.offset() + bytes.length();
                if (half.tlsRead <= TlsClassifier.PLAIN_BYTES) {
                    content.endMessageAs(direction, ContentKind.TLS);
                    return bytes.length();
                }
            }
            case MESSAGE -> {
                Bytes message = handshakes.message();
                if (handshakes.type() == ClientHelloView.TYPE && hello.wrap(message, 0, message.length())) {
                    hello(content, half);
                }
            }
            case ENCRYPTED -> {
                // no hello comes any more
            }
        }
        if (begins && status != TlsHandshakeReader.Status.NOT_TLS && status != TlsHandshakeReader.Status.INCOMPLETE) {
            content.closeAs(direction, ContentKind.HTTP);
        }
        content.close(half, ContentKind.TLS);
        content.close(content.half(direction.opposite()), ContentKind.TLS);
        return bytes.length();
    }

    private void hello(FlowContent content, Half half) {
        if (hello.serverNameLength() > 0) {
            find(
                    ConditionType.TLS_SNI,
                    hello.message(),
                    hello.serverNameOffset(),
                    hello.serverNameLength(),
                    content,
                    half);
        }
        if (rules.asksForJa3()) {
            ja3.read(hello);
            hold(content, half, rules.ja3(ja3.hash()));
        }
        if (rules.asksForJa4()) {
            ja4.read(hello, false);
            hold(content, half, rules.ja4(ja4.toString()));
        }
    }

    /** True for a datagram of QUIC with which a connection may begin. */
    boolean mayBeginQuic(Packet packet) {
        Headers headers = packet.headers();
        int offset = headers.payloadOffset();
        return quicHeader.wrap(
                packet.bytes(), offset, Math.min(headers.payloadLength(), packet.capturedLength() - offset));
    }

    /** What is known of a QUIC connection since its hello was read. */
    void quic(Application application, FlowContent content, Half half) {
        content.forget(half);
        if (!application.serverName().isEmpty() && matches.containsKey(ConditionType.TLS_SNI)) {
            byte[] text = application.serverName().getBytes(StandardCharsets.ISO_8859_1);
            find(ConditionType.TLS_SNI, Bytes.of(text), 0, text.length, content, half);
        }
        hold(content, half, rules.ja4(application.fingerprint()));
        content.keepHello(half);
        content.close(half, ContentKind.TLS);
    }

    private void hold(FlowContent content, Half half, int[] conditions) {
        if (conditions != null) {
            for (int condition : conditions) {
                content.holds(half, rules, condition);
            }
        }
    }

    /** Heads of requests; returns the bytes that are done with. Each turn ends, or consumes something. */
    private int requests(StreamBytes stream, FlowContent content, Half half) {
        int end = heads(stream, content, half);
        half.httpRead = stream.offset() + end;
        return end;
    }

    private int heads(StreamBytes stream, FlowContent content, Half half) {
        Bytes bytes = stream.bytes();
        int at = (int) Math.max(0, half.httpRead - stream.offset());
        while (true) {
            Step step = content.http().read(stream.direction(), bytes, at, bytes.length() - at, head);
            at += content.http().consumed(stream.direction());
            switch (step) {
                case HEAD -> {
                    if (head.isRequest()) {
                        content.beginMessage(half, ContentKind.HTTP);
                        http.request(head, content, half);
                        content.endMessage(content.half(stream.direction().opposite()), ContentKind.HTTP);
                    }
                    content.endMessage(half, ContentKind.HTTP);
                }
                case MORE -> {
                    boolean inHead = !content.http().isWithinMessage(stream.direction());
                    if (inHead && at < bytes.length() && head.isRequest()) {
                        content.beginMessage(half, ContentKind.HTTP);
                        if (stream.end() != StreamEnd.OPEN && head.hasFirstLine()) {
                            http.request(head, content, half); // as much of it as there will ever be
                        }
                    }
                    return at;
                }
                case OVER -> {
                    content.closeAs(stream.direction(), ContentKind.HTTP);
                    return at;
                }
                case END -> {
                    // the next head may be there already
                }
            }
        }
    }

    private int dnsFrames(Bytes bytes, FlowContent content, Half half) {
        int at = 0;
        int frame = DnsTcp.frameLength(bytes, at);
        while (frame > 0) {
            content.beginMessage(half, ContentKind.DNS);
            if (!dns.wrap(bytes, at + DnsTcp.LENGTH_FIELD, frame - DnsTcp.LENGTH_FIELD)) {
                content.close(half, ContentKind.DNS);
                return at;
            }
            dnsMessage(content, half);
            content.endMessage(half, ContentKind.DNS);
            at += frame;
            frame = DnsTcp.frameLength(bytes, at);
        }
        if (at < bytes.length()) {
            content.beginMessage(half, ContentKind.DNS);
        }
        return at;
    }

    private void dnsMessage(FlowContent content, Half half) {
        if (!dns.isResponse()) {
            record.begin(dns);
            while (record.next() && record.isQuestion()) {
                Bytes text = record.name(name).text();
                find(ConditionType.DNS_QUERY, text, 0, text.length(), content, half);
            }
        }
    }

    /** Reads a datagram, or what else a packet carries. */
    void datagram(Bytes bytes, int offset, int length, FlowContent content, Half half, boolean mayBeDns) {
        content.forget(half);
        find(ConditionType.PAYLOAD_REGEX, bytes, offset, length, content, half);
        if (mayBeDns && half.isOpen(ContentKind.DNS) && dns.wrap(bytes, offset, length)) {
            dnsMessage(content, half);
        }
    }

    /** Looks for the expressions of a field. */
    void find(ConditionType type, Bytes bytes, int offset, int length, FlowContent content, Half half) {
        RegexMatches found = matches.get(type);
        if (found != null) {
            found.clear();
            rules.expressions(type).set().find(bytes, offset, length, found, budget);
            holds(content, half, rules.expressions(type), found);
        }
    }

    private void holds(FlowContent content, Half half, Expressions expressions, RegexMatches found) {
        for (int number = found.next(0); number >= 0; number = found.next(number + 1)) {
            content.holds(half, rules, expressions.condition(number));
        }
    }
}
