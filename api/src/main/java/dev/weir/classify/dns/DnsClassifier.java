package dev.weir.classify.dns;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsTcp;
import dev.weir.packet.dns.DnsView;
import dev.weir.stream.DatagramClassifier;
import dev.weir.stream.FragmentLimits;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamClassifier;
import dev.weir.stream.StreamEnd;
import dev.weir.stream.StreamInspector;
import dev.weir.stream.StreamOptions;
import java.util.Objects;
import java.util.Set;

/**
 * Judges DNS by a {@link DnsPolicy}, and tells a {@link DnsListener} what is said: over UDP, fragmented or not, and over TCP,
 * on the ports given.
 *
 * <p>Over TCP the packets pass while a message is incomplete, and the one that completes a blocked message ends the
 * connection's traffic: the message never reaches the other side as a whole. So it is with fragments: the one that
 * completes a blocked message is dropped. Where a segment is missing for good, what was there of its message is malformed, and
 * the next segment is looked for that begins with a message which fits in all: length, header, and records up to the end.
 *
 * <p>One instance may serve all workers of a pipeline, and several pipelines. It allocates once a thread, and once a flow to
 * remember the {@link Application}; for a TCP connection what collecting a stream takes. A message allocates nothing.
 */
public final class DnsClassifier implements Classifier {
    /** DNS (RFC 1035), multicast DNS (RFC 6762), LLMNR (RFC 4795). */
    public static final Set<Integer> STANDARD_PORTS = Set.of(53, 5353, 5355);

    private static final int MULTICAST_DNS_PORT = 5353;
    private static final int MAX_PORT = 65_535;
    private static final int LONGEST_FRAME = DnsTcp.LENGTH_FIELD + 65_535;

    private final boolean[] ports = new boolean[MAX_PORT + 1];
    private final DnsListener listener;
    private final DnsBlocking blocking;
    private final boolean dropMalformed;
    private final boolean remember;
    private final StreamClassifier streams;
    private final DatagramClassifier fragments;
    private final FlowState<LostPlaces> places = FlowState.named("places lost in DNS");
    private final ThreadLocal<Reader> readers = ThreadLocal.withInitial(Reader::new);
    private volatile DnsPolicy policy;

    private DnsClassifier(Builder builder) {
        policy = builder.policy;
        listener = builder.listener;
        blocking = builder.blocking;
        dropMalformed = builder.dropMalformed;
        remember = builder.remember;
        builder.ports.forEach(port -> ports[port] = true);
        streams = new StreamClassifier(new Conversation(), StreamOptions.DEFAULT.withBytesPerDirection(LONGEST_FRAME));
        fragments = new DatagramClassifier(
                this::whole, FragmentLimits.DEFAULT, dropMalformed ? Rule.MALFORMED.drop : Verdict.CONTINUE);
    }

    /** What one thread reads messages with. */
    private static final class Reader {
        final DnsView message = new DnsView();
        final DnsMatcher matcher = new DnsMatcher();
        final NoSuchName noSuchName = new NoSuchName();
        final DnsRecord record = new DnsRecord();
    }

    /** Sets up a classifier that blocks nothing. */
    public static Builder builder() {
        return new Builder();
    }

    /** What is applied now. Any thread. */
    public DnsPolicy policy() {
        return policy;
    }

    /**
     * Applies another policy from the next message on, whole: no message is judged by parts of both. Any thread, at any time;
     * loading a large one is best done on a thread of the caller's before.
     */
    public void replace(DnsPolicy policy) {
        this.policy = Objects.requireNonNull(policy, "policy");
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        if (!packet.headers().isFragment()) {
            return whole(packet, flow);
        }
        // A flow whose first fragment was overtaken has no ports, and may be DNS.
        int source = flow.key().sourcePort();
        int destination = flow.key().destinationPort();
        boolean wanted = isDnsPort(source, destination) || source == 0 && destination == 0;
        return wanted ? fragments.classify(packet, flow) : Verdict.CONTINUE;
    }

    private Verdict whole(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        if (!headers.hasTransport() || !isDnsPort(headers.sourcePort(), headers.destinationPort())) {
            return Verdict.CONTINUE;
        }
        if (headers.protocol() == Protocols.UDP) {
            int offset = headers.payloadOffset();
            int length = Math.min(headers.payloadLength(), packet.capturedLength() - offset);
            return datagram(packet.bytes(), offset, length, packet, flow);
        }
        return headers.protocol() == Protocols.TCP ? streams.classify(packet, flow) : Verdict.CONTINUE;
    }

    private boolean isDnsPort(int source, int destination) {
        return ports[source] || ports[destination];
    }

    private Verdict datagram(Bytes bytes, int offset, int length, Packet packet, Flow flow) {
        if (length <= 0) {
            return Verdict.CONTINUE;
        }
        Reader reader = readers.get();
        if (!reader.message.wrap(bytes, offset, length)) {
            return malformed(packet, flow, false);
        }
        return judge(reader, packet, flow, false);
    }

    private Verdict malformed(Packet packet, Flow flow, boolean stream) {
        listener.malformed(packet, flow);
        if (!dropMalformed) {
            return Verdict.CONTINUE;
        }
        return stream ? Rule.MALFORMED.dropFlow : Rule.MALFORMED.drop;
    }

    private Verdict judge(Reader reader, Packet packet, Flow flow, boolean stream) {
        DnsView message = reader.message;
        if (remember && flow.get(Application.STATE) == null) {
            application(reader, flow).keepIn(flow);
        }
        listener.message(message, packet, flow);
        DnsPolicy current = policy;
        int number = reader.matcher.find(current, message);
        if (number >= 0) {
            Rule rule = current.rule(number);
            Verdict verdict = verdict(rule, reader, packet, stream);
            if (verdict.decides()) {
                listener.blocked(message, reader.matcher.name(), rule.reason, packet, flow);
            }
            return verdict;
        }
        return message.isComplete() && !reader.matcher.gaveUp() ? Verdict.CONTINUE : malformed(packet, flow, stream);
    }

    private static Application application(Reader reader, Flow flow) {
        boolean multicast =
                flow.key().sourcePort() == MULTICAST_DNS_PORT || flow.key().destinationPort() == MULTICAST_DNS_PORT;
        String name = reader.record.begin(reader.message).next()
                ? reader.record.name(reader.matcher.name()).toString()
                : "";
        return Application.of(multicast ? "mdns" : "dns", name);
    }

    private Verdict verdict(Rule rule, Reader reader, Packet packet, boolean stream) {
        return switch (blocking) {
            case DROP -> stream ? rule.dropFlow : rule.drop;
            case REJECT -> stream ? rule.rejectFlow : rule.reject;
            case NXDOMAIN -> {
                if (!reader.message.isResponse()) {
                    yield Verdict.CONTINUE;
                }
                boolean written = !stream && reader.noSuchName.write(packet, reader.message);
                yield written ? rule.replace : stream ? rule.dropFlow : rule.drop;
            }
        };
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        streams.flowEnded(flow, end);
    }

    /** Messages one after the other in a TCP connection. */
    private final class Conversation implements StreamInspector {
        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            LostPlaces lost = flow.get(places);
            boolean found = lost == null || !lost.isLost(stream.direction()) || find(stream, lost);
            Verdict verdict = found ? messages(stream, packet, flow) : Verdict.CONTINUE;
            if (stream.end() == StreamEnd.GAP && !verdict.decides()) {
                lose(stream.direction(), lost, flow);
                stream.skipGap();
            }
            return verdict;
        }

        /** Looks whether a message begins here; if it does not, the next segment may begin with one. */
        private boolean find(StreamBytes stream, LostPlaces lost) {
            LostPlaces.Beginning beginning = LostPlaces.beginning(stream.bytes(), readers.get().message);
            if (beginning == LostPlaces.Beginning.MESSAGE) {
                lost.set(stream.direction(), false);
                return true;
            }
            if (beginning == LostPlaces.Beginning.OTHER || stream.end() != StreamEnd.OPEN) {
                stream.consume(stream.bytes().length());
            }
            return false;
        }

        private void lose(Direction direction, LostPlaces known, Flow flow) {
            LostPlaces lost = known == null ? new LostPlaces() : known;
            lost.set(direction, true);
            flow.put(places, lost);
        }

        /** Each turn consumes a frame; what is left is less than one. */
        private Verdict messages(StreamBytes stream, Packet packet, Flow flow) {
            Bytes bytes = stream.bytes();
            Reader reader = readers.get();
            int at = 0;
            int frame = DnsTcp.frameLength(bytes, at);
            Verdict verdict = Verdict.CONTINUE;
            while (frame > 0 && !verdict.decides()) {
                if (!reader.message.wrap(bytes, at + DnsTcp.LENGTH_FIELD, frame - DnsTcp.LENGTH_FIELD)) {
                    stream.enough(); // where the next one begins is not known
                    return malformed(packet, flow, true);
                }
                verdict = judge(reader, packet, flow, true);
                at += frame;
                frame = DnsTcp.frameLength(bytes, at);
            }
            stream.consume(at);
            boolean cutOff = at < bytes.length() && !verdict.decides() && isCutOff(stream.end());
            return cutOff ? malformed(packet, flow, true) : verdict;
        }
    }

    /** A message is missing its end and the connection goes on, or was ended in order. */
    private static boolean isCutOff(StreamEnd end) {
        return end == StreamEnd.FINISHED || end == StreamEnd.GAP || end == StreamEnd.LIMIT;
    }

    /** Sets up a classifier. Not thread-safe. */
    public static final class Builder {
        private DnsPolicy policy = DnsPolicy.NOTHING;
        private DnsListener listener = DnsListener.NONE;
        private DnsBlocking blocking = DnsBlocking.DROP;
        private Set<Integer> ports = STANDARD_PORTS;
        private boolean dropMalformed;
        private boolean remember = true;

        private Builder() {}

        /** What is blocked; nothing when it was not said. */
        public Builder policy(DnsPolicy policy) {
            this.policy = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /** Who is told. */
        public Builder listener(DnsListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** What becomes of what is blocked; it is dropped when that was not said. */
        public Builder blocking(DnsBlocking blocking) {
            this.blocking = Objects.requireNonNull(blocking, "blocking");
            return this;
        }

        /** On which ports, of either side, DNS is spoken. */
        public Builder ports(Set<Integer> ports) {
            for (int port : ports) {
                if (port < 1 || port > MAX_PORT) {
                    throw new WeirException("a port of DNS must be 1 to " + MAX_PORT + ", not " + port);
                }
            }
            this.ports = Set.copyOf(ports);
            return this;
        }

        /**
         * Drops what cannot be read as a whole: no DNS on a port of DNS, a record that is cut off, more names than are looked
         * up ({@link DnsMatcher#MAX_NAMES}). Otherwise that passes once what can be read was judged.
         */
        public Builder dropMalformed() {
            dropMalformed = true;
            return this;
        }

        /** Leaves the flow's {@link Application} alone, and with it the allocation for each flow. */
        public Builder forgetApplication() {
            remember = false;
            return this;
        }

        public DnsClassifier build() {
            return new DnsClassifier(this);
        }
    }
}
