package dev.weir.stream;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowKey;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.packet.ChecksumStatus;
import dev.weir.packet.Checksums;
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
    private final List<Counters> counters = new CopyOnWriteArrayList<>();
    private final ThreadLocal<StreamWorker> worker = ThreadLocal.withInitial(this::newWorker);

    /** Collects what the options say and shows it to an inspector. */
    public StreamClassifier(StreamInspector inspector, StreamOptions options) {
        this.inspector = Objects.requireNonNull(inspector, "inspector");
        this.options = Objects.requireNonNull(options, "options");
    }

    private StreamWorker newWorker() {
        StreamWorker made = new StreamWorker(inspector, options);
        counters.add(made.counters);
        return made;
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        Conversation conversation = flow.get(conversations);
        if (conversation == Conversation.OVER) {
            return Verdict.CONTINUE;
        }
        if (!mayBeOurs(packet.headers()) || !flow.isIp()) {
            return conversation == null ? Verdict.CONTINUE : conversation.meanwhile();
        }
        if (!Defragmenter.isPart(packet.headers())) {
            return classify(packet, flow, conversation);
        }
        Defragmenter fragments = worker.get().defragmenter;
        Packet whole = fragments.accept(packet);
        if (whole == null) {
            Verdict late = fragments.verdict();
            return late.decides() || conversation == null ? late : conversation.meanwhile();
        }
        Verdict verdict = isOfFlow(whole.headers(), flow.key())
                ? classify(whole, flow, conversation)
                : classifyStray(whole, flow, conversation);
        fragments.decided(verdict);
        return verdict;
    }

    /** Judges a packet that is whole. */
    private Verdict classify(Packet packet, Flow flow, Conversation known) {
        boolean tcp = packet.headers().protocol() == Protocols.TCP;
        boolean udp = packet.headers().protocol() == Protocols.UDP && options.datagrams();
        if (!tcp && !udp || !packet.headers().hasTransport() || isDamaged(packet)) {
            return known == null ? Verdict.CONTINUE : known.meanwhile();
        }
        Conversation conversation = known;
        if (conversation == null) {
            boolean wanted = inspector.wants(packet, flow);
            conversation = wanted ? begin(flow) : Conversation.OVER;
            flow.put(conversations, conversation);
            if (!wanted) {
                return Verdict.CONTINUE;
            }
        }
        Verdict verdict = tcp ? conversation.segment(packet) : conversation.datagram(packet, true);
        if (conversation.isOver() || verdict.decides() && verdict.scope() == Verdict.Scope.FLOW) {
            flow.put(conversations, Conversation.OVER);
        }
        return verdict;
    }

    /**
     * Judges a datagram whose first fragment was overtaken: the flow is that of the two addresses, without ports. It
     * holds parts of several conversations, so what an inspector says of one holds for that datagram alone, and a TCP
     * segment is missing where it belongs.
     */
    private Verdict classifyStray(Packet whole, Flow flow, Conversation known) {
        if (whole.headers().protocol() != Protocols.UDP
                || !options.datagrams()
                || !whole.headers().hasTransport()
                || isDamaged(whole)
                || !inspector.wants(whole, flow)) {
            return known == null ? Verdict.CONTINUE : known.meanwhile();
        }
        Conversation conversation = known;
        if (conversation == null) {
            conversation = begin(flow);
            flow.put(conversations, conversation);
        }
        return conversation.datagram(whole, false);
    }

    /** True for what its receiver will not read, if that is looked at. */
    private boolean isDamaged(Packet packet) {
        boolean damaged = options.verifyChecksums()
                && packet.checksumsComplete()
                && Checksums.transport(packet.bytes(), packet.headers()) == ChecksumStatus.INVALID;
        if (damaged) {
            worker.get().counters.add(Counter.BAD_CHECKSUMS);
        }
        return damaged;
    }

    private Conversation begin(Flow flow) {
        return worker.get().take().begin(flow);
    }

    private boolean mayBeOurs(Headers headers) {
        int protocol = headers.protocol();
        return protocol == Protocols.TCP
                || options.datagrams() && protocol == Protocols.UDP
                || headers.ipVersion() == 6 && headers.isFragment(); // other headers may come before TCP
    }

    private static boolean isOfFlow(Headers headers, FlowKey key) {
        return headers.sourcePort() == key.sourcePort() && headers.destinationPort() == key.destinationPort()
                || headers.sourcePort() == key.destinationPort() && headers.destinationPort() == key.sourcePort();
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
        return Counters.streams(counters);
    }
}
