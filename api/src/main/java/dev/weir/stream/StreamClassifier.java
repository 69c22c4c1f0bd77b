package dev.weir.stream;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A classifier that reads what is said in a conversation: it puts the segments of each direction in order and asks a
 * {@link StreamInspector} whenever there is more to read. How, and within which bounds, says the package.
 *
 * <p>An instance may be shared by the workers of a pipeline if its inspector may; each thread then has
 * {@link StreamOptions#memoryBytes()} of its own.
 */
public final class StreamClassifier implements Classifier {
    private final StreamInspector inspector;
    private final StreamOptions options;
    private final FlowState<Conversation> conversations = FlowState.named("streams", Conversation::release);
    private final List<StreamWorker> workers = new CopyOnWriteArrayList<>();
    private final ThreadLocal<StreamWorker> worker = ThreadLocal.withInitial(this::newWorker);

    /** Collects what the options say and shows it to an inspector. */
    public StreamClassifier(StreamInspector inspector, StreamOptions options) {
        this.inspector = Objects.requireNonNull(inspector, "inspector");
        this.options = Objects.requireNonNull(options, "options");
    }

    private StreamWorker newWorker() {
        StreamWorker made = new StreamWorker(inspector, options);
        workers.add(made);
        return made;
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        Conversation conversation = flow.get(conversations);
        if (conversation == Conversation.OVER) {
            return Verdict.CONTINUE;
        }
        Headers headers = packet.headers();
        int protocol = headers.protocol();
        boolean tcp = protocol == Protocols.TCP;
        if (!tcp && !(options.datagrams() && protocol == Protocols.UDP) || !flow.isIp() || !headers.hasTransport()) {
            return conversation == null ? Verdict.CONTINUE : conversation.meanwhile();
        }
        if (conversation == null) {
            conversation = begin(packet, flow);
            if (conversation == Conversation.OVER) {
                return Verdict.CONTINUE;
            }
        }
        Verdict verdict = tcp ? conversation.segment(packet) : conversation.datagram(packet, true);
        if (conversation.isOver() || verdict.decides() && verdict.scope() == Verdict.Scope.FLOW) {
            flow.put(conversations, Conversation.OVER);
        }
        return verdict;
    }

    private Conversation begin(Packet packet, Flow flow) {
        Conversation conversation =
                inspector.wants(packet, flow) ? worker.get().take().begin(flow) : Conversation.OVER;
        flow.put(conversations, conversation);
        return conversation;
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        Conversation conversation = flow.get(conversations);
        if (conversation != null && conversation != Conversation.OVER) {
            conversation.abandon();
        }
    }

    /** What was met so far, over all threads; a snapshot that any thread may ask for. Allocates. */
    public StreamCounts counts() {
        return new StreamCounts(
                sum(Counter.STREAMS),
                sum(Counter.OUT_OF_ORDER),
                sum(Counter.RETRANSMITTED),
                sum(Counter.CONFLICTS),
                sum(Counter.REFUSED),
                sum(Counter.OUTSIDE),
                sum(Counter.GAPS),
                sum(Counter.LIMITS),
                sum(Counter.EVICTIONS),
                sum(Counter.STALLS),
                sum(Counter.DATAGRAMS),
                sum(Counter.FRAGMENTS_DISCARDED),
                sum(Counter.DATAGRAMS_EXPIRED),
                sum(Counter.USED_BYTES),
                sum(Counter.MEMORY_BYTES));
    }

    private long sum(Counter counter) {
        long sum = 0;
        for (StreamWorker each : workers) {
            sum += each.counters.get(counter);
        }
        return sum;
    }
}
