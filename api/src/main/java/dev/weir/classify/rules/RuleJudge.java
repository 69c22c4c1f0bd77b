package dev.weir.classify.rules;

import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.classify.Application;
import dev.weir.classify.rules.FlowContent.Half;
import dev.weir.classify.tls.TlsClassifier;
import dev.weir.packet.Headers;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamClassifier;
import dev.weir.stream.StreamInspector;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;

/**
 * Brings together what rules say of headers and what they say of content. Which set of rules applies is said with each
 * packet, so that conversations are read on when it is replaced.
 */
final class RuleJudge {
    /** DNS (RFC 1035), multicast DNS (RFC 6762), LLMNR (RFC 4795). */
    private static final int[] DNS_PORTS = {53, 5353, 5355};

    /** A client of QUIC has named its server by then, also one that was told to use another version or a token. */
    private static final int QUIC_HELLO_PACKETS = 16;

    private final FlowState<FlowContent> state = FlowState.named("content of rules");
    private final StreamClassifier streams;
    private final TlsClassifier quic;
    private final long payloadBytes;
    private final ThreadLocal<ContentReader> readers = new ThreadLocal<>();

    RuleJudge(StreamOptions options, long payloadBytes) {
        streams = new StreamClassifier(new Inspector(), options.withDatagrams(true));
        TlsClassifier.Builder hellos = TlsClassifier.builder().memoryBytes(options.memoryBytes());
        quic = (options.mode() == StreamMode.HOLD ? hellos.hold() : hellos).build();
        this.payloadBytes = payloadBytes;
    }

    /** The verdict of a set of rules. */
    Verdict classify(RuleSet set, Packet packet, Flow flow) {
        int sourcePort = PacketPorts.source(packet, flow);
        int destinationPort = PacketPorts.destination(packet, flow);
        Headers headers = packet.headers();
        int byHeaders = set.headers().first(headers, sourcePort, destinationPort);
        ContentRules rules = set.content();
        if (rules == null || !flow.isIp()) {
            return set.verdict(byHeaders);
        }
        FlowContent content = content(rules, packet, flow);
        Half half = content.half(packet.direction());
        long[] candidates = content.packet(half);
        if (candidates != null) {
            rules.headers().all(headers, sourcePort, destinationPort, candidates);
            content.candidatesKnown(half);
        }
        if (!content.isOpenBefore(byHeaders) && content.first(half) >= byHeaders) {
            return set.verdict(byHeaders);
        }
        boolean held = !half.isOver() && read(packet, flow, content, half);
        return verdict(set, byHeaders, content, half, held, headers.protocol() == Protocols.TCP);
    }

    private FlowContent content(ContentRules rules, Packet packet, Flow flow) {
        FlowContent content = flow.get(state);
        if (content == null) {
            content = new FlowContent();
            flow.put(state, content);
        }
        if (content.rules() != rules) {
            content.begin(rules, rules.allKinds() & possibleKinds(packet.headers(), flow));
        }
        return content;
    }

    private static int possibleKinds(Headers headers, Flow flow) {
        int kinds = ContentKind.PAYLOAD.bit();
        if (headers.protocol() == Protocols.TCP) {
            kinds |= ContentKind.HTTP.bit() | ContentKind.TLS.bit();
        } else if (headers.protocol() == Protocols.UDP) {
            kinds |= ContentKind.TLS.bit();
        }
        return mayBeDns(flow) ? kinds | ContentKind.DNS.bit() : kinds;
    }

    private static boolean mayBeDns(Flow flow) {
        int protocol = flow.key().protocol();
        if (protocol != Protocols.UDP && protocol != Protocols.TCP) {
            return false;
        }
        for (int port : DNS_PORTS) {
            if (hasPort(flow, port)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasPort(Flow flow, int port) {
        return flow.key().sourcePort() == port || flow.key().destinationPort() == port;
    }

    /** True when the packet has to wait for more. */
    private boolean read(Packet packet, Flow flow, FlowContent content, Half half) {
        Headers headers = packet.headers();
        ContentReader reader = reader(content);
        reader.begin();
        if (headers.protocol() == Protocols.TCP || headers.isFragment()) {
            return streams.classify(packet, flow) == Verdict.HOLD;
        }
        boolean held = headers.protocol() == Protocols.UDP
                && half.isOpen(ContentKind.TLS)
                && quic(reader, packet, flow, content, half);
        int offset = headers.payloadOffset();
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - offset);
        if (length > 0) {
            reader.datagram(packet.bytes(), offset, length, content, half, mayBeDns(flow));
        }
        return held;
    }

    /** Looks for a hello within QUIC, unless a classifier before has read it. True when the packet has to wait for more. */
    private boolean quic(ContentReader reader, Packet packet, Flow flow, FlowContent content, Half half) {
        boolean held = false;
        if (!isQuic(flow)) {
            if (content.isQuic() || reader.mayBeginQuic(packet)) {
                content.speaksQuic();
                held = quic.classify(packet, flow) == Verdict.HOLD;
            } else {
                content.endMessageAs(packet.direction(), ContentKind.TLS); // another datagram may begin it
            }
        }
        if (isQuic(flow)) {
            reader.quic(Application.of(flow), content, half);
        } else if (flow.packets(packet.direction()) > QUIC_HELLO_PACKETS) {
            content.close(half, ContentKind.TLS);
            return false;
        }
        return held;
    }

    private static boolean isQuic(Flow flow) {
        return Application.of(flow).protocol().equals("quic");
    }

    private ContentReader reader(FlowContent content) {
        ContentReader reader = readers.get();
        if (reader == null || reader.rules() != content.rules()) {
            reader = new ContentReader(content.rules(), payloadBytes);
            readers.set(reader);
        }
        return reader;
    }

    private static Verdict verdict(
            RuleSet set, int byHeaders, FlowContent content, Half half, boolean held, boolean tcp) {
        int byContent = content.first(half);
        int position = Math.min(byHeaders, byContent);
        boolean open = content.isOpenBefore(position);
        if (open && held) {
            return Verdict.HOLD;
        }
        if (!set.denies(position)) {
            return open ? set.packetVerdict(position) : set.verdict(position);
        }
        // All that a datagram says is known when it is read; only the hello of QUIC may take several.
        if ((tcp || half.isOpen(ContentKind.TLS)) && content.mayBeAcceptedBefore(position)) {
            return set.undecided();
        }
        // What was refused comes again, in another packet, and would not be looked at a second time.
        boolean comesAgain = position == byContent && (tcp || content.isByHello(half, position));
        return comesAgain ? set.flowVerdict(position) : set.verdict(position);
    }

    void flowEnded(Flow flow, FlowEnd end) {
        streams.flowEnded(flow, end);
        quic.flowEnded(flow, end);
    }

    private final class Inspector implements StreamInspector {
        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            FlowContent content = flow.get(state);
            ContentReader reader = reader(content);
            if (stream.isDatagram()) {
                int length = stream.bytes().length();
                Half half = content.half(stream.direction());
                reader.datagram(stream.bytes(), 0, length, content, half, mayBeDns(flow));
                stream.consume(length);
            } else {
                reader.stream(stream, content, mayBeDns(flow));
            }
            return Verdict.CONTINUE;
        }
    }
}
