package dev.weir.stream;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.util.Objects;

/**
 * A classifier that reads what is said in a conversation: it puts the segments of each direction in order and asks a
 * {@link StreamInspector} whenever there is more to read.
 *
 * <p>An instance may be shared by the workers of a pipeline if its inspector may.
 */
public final class StreamClassifier implements Classifier {
    /** RFC 9293, 3.1: the sequence number in the TCP header. */
    private static final int TCP_SEQUENCE_OFFSET = 4;

    private static final int TCP_FIN = 0x01;
    private static final int TCP_SYN = 0x02;
    private static final int TCP_RST = 0x04;

    private final StreamInspector inspector;
    private final StreamOptions options;
    private final FlowState<FlowStreams> streams = FlowState.named("streams");

    /** Collects what the options say and shows it to an inspector. */
    public StreamClassifier(StreamInspector inspector, StreamOptions options) {
        this.inspector = Objects.requireNonNull(inspector, "inspector");
        this.options = Objects.requireNonNull(options, "options");
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        boolean tcp = headers.protocol() == Protocols.TCP;
        if (!headers.hasTransport() || !tcp && !(options.datagrams() && headers.protocol() == Protocols.UDP)) {
            return Verdict.CONTINUE;
        }
        FlowStreams state = flow.get(streams);
        if (state == null) {
            state = new FlowStreams(options, inspector.wants(packet, flow));
            flow.put(streams, state);
        }
        DirectionStream stream = state.of(packet.direction());
        if (stream.isDone()) {
            return Verdict.CONTINUE;
        }
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - headers.payloadOffset());
        if (length < 0) {
            return Verdict.CONTINUE;
        }
        Bytes bytes = new Bytes().wrap(packet.bytes(), headers.payloadOffset(), length);
        if (!tcp) {
            return length == 0 ? Verdict.CONTINUE : judge(stream, stream.datagram(bytes), packet, flow, state);
        }
        boolean grew = stream.segment(
                bytes,
                packet.bytes().i32(headers.transportOffset() + TCP_SEQUENCE_OFFSET),
                (headers.tcpFlags() & TCP_SYN) != 0,
                (headers.tcpFlags() & TCP_FIN) != 0,
                (headers.tcpFlags() & TCP_RST) != 0);
        return judge(stream, grew, packet, flow, state);
    }

    private Verdict judge(DirectionStream stream, boolean grew, Packet packet, Flow flow, FlowStreams state) {
        if (!grew) {
            return state.waits() ? Verdict.HOLD : Verdict.CONTINUE;
        }
        Verdict verdict = inspector.inspect(stream, packet, flow);
        stream.inspected();
        if (verdict.kind() == Verdict.Kind.CONTINUE) {
            return state.waits() ? Verdict.HOLD : Verdict.CONTINUE;
        }
        return verdict;
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        FlowStreams state = flow.get(streams);
        if (state != null) {
            state.abandon(inspector, flow);
        }
    }
}
