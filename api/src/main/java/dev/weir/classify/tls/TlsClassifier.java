package dev.weir.classify.tls;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.TlsHandshakeReader;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamClassifier;
import dev.weir.stream.StreamEnd;
import dev.weir.stream.StreamInspector;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import java.util.Objects;

/**
 * Reads the hellos of TLS, over TCP on any port and within QUIC: tells each flow its {@link
 * dev.weir.classify.Application} (protocol, server's name, offered protocols, JA4) before the client's first application
 * byte, tells a {@link TlsListener} of handshakes, and blocks clients by a {@link TlsPolicy}.
 *
 * <p>A hello may be spread over segments, records and datagrams, as those with post-quantum key shares are. TLS that
 * begins later in a connection (STARTTLS, a proxy's CONNECT) is found where its ClientHello begins a segment, within the
 * first {@value #PLAIN_BYTES} bytes of a direction. What a hello is spread over passes while it is being collected, unless
 * {@link Builder#hold()} says otherwise; the packet that completes a blocked one never passes, so no server answers it.
 *
 * <p>One instance may serve all workers of a pipeline. Costs: a flow of TLS or QUIC allocates its state once, and
 * for each hello what is remembered of the application and reported, about 1 KiB; QUIC also the bytes of its hellos until
 * they are read, its keys, and for an Initial packet what {@link dev.weir.packet.quic.QuicInitialOpener} says. All other
 * packets allocate nothing. JA3 and JA4 of a hello take about 1.5 µs.
 */
public final class TlsClassifier implements Classifier {
    /** How far into a connection TLS is looked for. */
    public static final int PLAIN_BYTES = 8192;

    /**
     * Datagrams of a direction that are looked at for QUIC: a client that is told to use another version begins anew, and
     * a server discards what is no QUIC, so one that comes first says nothing about the next.
     */
    private static final int MAX_STRANGE_DATAGRAMS = 16;

    private final TlsListener listener;
    private final StreamClassifier streams;
    private final FlowState<TlsFlow> states = FlowState.named("tls", this::release);
    private final ThreadLocal<TlsWorker> workers;
    private volatile TlsPolicy policy;

    private TlsClassifier(Builder builder) {
        listener = builder.listener;
        policy = builder.policy;
        int helloLimitBytes = builder.helloLimitBytes;
        long memoryBytes = builder.memoryBytes;
        workers = ThreadLocal.withInitial(() -> new TlsWorker(listener, helloLimitBytes, memoryBytes));
        streams = new StreamClassifier(
                new Hellos(),
                StreamOptions.DEFAULT
                        .withBytesPerDirection(helloLimitBytes)
                        .withMemoryBytes(memoryBytes)
                        .withMode(builder.mode)
                        .withDatagrams(builder.quic));
    }

    /** Sets up a classifier that blocks nothing and tells nobody but the flows. */
    public static Builder builder() {
        return new Builder();
    }

    /** What is applied now. Any thread. */
    public TlsPolicy policy() {
        return policy;
    }

    /** Replaces the policy, from the next hello on. Any thread. */
    public void policy(TlsPolicy policy) {
        this.policy = Objects.requireNonNull(policy, "policy");
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        return streams.classify(packet, flow);
    }

    @Override
    public void flowStarted(Flow flow) {
        streams.flowStarted(flow);
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        streams.flowEnded(flow, end);
        TlsFlow state = flow.get(states);
        if (state != null) {
            workers.get().unanswered(state, flow, flow.lastSeenNs());
        }
    }

    @Override
    public void close() {
        streams.close();
    }

    private void release(TlsFlow state) {
        if (state.quic() != null) {
            workers.get().quic.release(state.quic());
        }
    }

    /** What the streams are shown to. */
    private final class Hellos implements StreamInspector {
        @Override
        public boolean wants(Packet packet, Flow flow) {
            int protocol = packet.headers().protocol();
            return protocol == Protocols.TCP || protocol == Protocols.UDP;
        }

        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            TlsFlow state = flow.get(states);
            if (state != null && state.isOver()) {
                stream.enough();
                return Verdict.CONTINUE;
            }
            return stream.isDatagram() ? datagram(stream, state, packet, flow) : segments(stream, state, packet, flow);
        }
    }

    /** Every message takes a record's header at least, so the loop ends with the bytes that are there. */
    private Verdict segments(StreamBytes stream, TlsFlow known, Packet packet, Flow flow) {
        TlsWorker worker = workers.get();
        TlsHandshakeReader records = worker.records;
        Bytes bytes = stream.bytes();
        TlsFlow state = known;
        int at = 0;
        while (true) {
            TlsHandshakeReader.Status status = records.read(bytes, at, bytes.length() - at);
            switch (status) {
                case NOT_TLS -> {
                    return plain(stream, state, packet, flow);
                }
                case ENCRYPTED -> {
                    return leave(stream, state, packet, flow);
                }
                case INCOMPLETE -> {
                    stream.consume(at + records.consumed());
                    return stream.end() == StreamEnd.OPEN ? Verdict.CONTINUE : leave(stream, state, packet, flow);
                }
                case MESSAGE -> {
                    if (state == null) {
                        state = new TlsFlow(null);
                        flow.put(states, state);
                    }
                    Verdict verdict = message(worker, state, packet, flow);
                    if (verdict == null) {
                        return leave(stream, state, packet, flow);
                    }
                    at += records.consumed();
                    if (verdict != Verdict.CONTINUE || state.isOver() || at > bytes.length()) {
                        stream.enough();
                        return verdict;
                    }
                }
            }
        }
    }

    /** Null for a message after which no hello comes. */
    private Verdict message(TlsWorker worker, TlsFlow state, Packet packet, Flow flow) {
        Bytes message = worker.records.message();
        if (worker.records.type() == ClientHelloView.TYPE) {
            return worker.client(message, state, packet.direction(), flow, packet.timestampNs(), policy);
        }
        boolean answer = worker.server(message, state, packet.direction(), flow, packet.timestampNs());
        return answer ? Verdict.CONTINUE : null;
    }

    /** Something else is spoken; TLS may begin with a later segment, until the direction has said too much. */
    private Verdict plain(StreamBytes stream, TlsFlow state, Packet packet, Flow flow) {
        int length = stream.bytes().length();
        if (state != null || stream.offset() + length > PLAIN_BYTES || stream.end() != StreamEnd.OPEN) {
            return leave(stream, state, packet, flow);
        }
        stream.consume(length);
        return Verdict.CONTINUE;
    }

    /** Nothing more of this direction can be read. When it is the server's, the client will not be answered. */
    private Verdict leave(StreamBytes stream, TlsFlow state, Packet packet, Flow flow) {
        stream.enough();
        if (state != null && stream.direction() != state.clientDirection()) {
            workers.get().unanswered(state, flow, packet.timestampNs());
        }
        return Verdict.CONTINUE;
    }

    private Verdict datagram(StreamBytes stream, TlsFlow known, Packet packet, Flow flow) {
        Bytes bytes = stream.bytes();
        QuicReader quic = workers.get().quic;
        TlsFlow state = known;
        if (state == null && quic.isQuic(bytes)) {
            QuicFlow begun = quic.begin();
            if (begun != null) {
                state = new TlsFlow(begun);
                flow.put(states, state);
            }
        }
        if (state == null) {
            if (flow.packets(packet.direction()) > MAX_STRANGE_DATAGRAMS) {
                stream.enough();
            }
            stream.consume(bytes.length());
            return Verdict.CONTINUE;
        }
        Verdict verdict = quic.read(bytes, state, packet, flow, policy);
        if (verdict != Verdict.CONTINUE || state.isOver()) {
            stream.enough();
        } else if (!quic.isWaiting(state, packet.direction())) {
            stream.consume(bytes.length());
        }
        return verdict;
    }

    /** Collects what a classifier is to do. Not thread-safe. */
    public static final class Builder {
        private static final int LEAST_HELLO_BYTES = 1024;
        private static final int MOST_HELLO_BYTES = TlsHandshakeReader.MAX_MESSAGE_LENGTH;

        private TlsListener listener;
        private TlsPolicy policy = TlsPolicy.NONE;
        private StreamMode mode = StreamMode.PASS;
        private boolean quic = true;
        private int helloLimitBytes = 16_384;
        private long memoryBytes = StreamOptions.DEFAULT.memoryBytes();

        private Builder() {}

        /** Who is told of handshakes. Without one no fingerprint is computed that nobody asks for. */
        public Builder listener(TlsListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** Which clients are blocked. */
        public Builder policy(TlsPolicy policy) {
            this.policy = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /** Holds the packets of a hello until it is there as a whole, instead of letting all but the last pass. */
        public Builder hold() {
            mode = StreamMode.HOLD;
            return this;
        }

        /** Leaves QUIC alone. */
        public Builder withoutQuic() {
            quic = false;
            return this;
        }

        /**
         * The largest hello that is read, with what its records or frames add: 1,024 to 65,536 bytes. The standard is
         * 16,384; one with post-quantum key shares has about 2,000.
         */
        public Builder helloLimitBytes(int bytes) {
            if (bytes < LEAST_HELLO_BYTES || bytes > MOST_HELLO_BYTES) {
                throw new WeirException("tls: the largest hello must be " + LEAST_HELLO_BYTES + " to "
                        + MOST_HELLO_BYTES + " bytes, not " + bytes);
            }
            helloLimitBytes = bytes;
            return this;
        }

        /** Bound of what is collected of all flows of a thread, for TCP and again for QUIC. The standard is 64 MiB. */
        public Builder memoryBytes(long bytes) {
            memoryBytes = bytes;
            return this;
        }

        /** The classifier. */
        public TlsClassifier build() {
            return new TlsClassifier(this);
        }
    }
}
