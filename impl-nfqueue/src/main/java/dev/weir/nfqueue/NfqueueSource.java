package dev.weir.nfqueue;

import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Some queues, bound together. */
final class NfqueueSource implements CaptureSource {
    private static final Logger LOG = LoggerFactory.getLogger(NfqueueSource.class);

    private static final Set<Kind> WITHOUT_REJECT = EnumSet.of(Kind.ACCEPT, Kind.DROP, Kind.MARK, Kind.REPLACE);
    private static final Set<Kind> WITH_REJECT =
            EnumSet.of(Kind.ACCEPT, Kind.DROP, Kind.MARK, Kind.REPLACE, Kind.REJECT);

    private final List<NfqueueQueue> queues;
    private final CaptureTraits traits;
    private final List<String> explanation;

    /** @param noRejects why senders cannot be told of rejected packets; empty when they can */
    NfqueueSource(List<NfqueueQueue> queues, QueueOptions asked, String noRejects) {
        this.queues = List.copyOf(queues);
        NfqueueQueue first = queues.get(0);
        // A queue must not fill up with what the pipeline may have in flight, or nothing new would ever come.
        int maxPackets = Math.max(1, first.length() - 1);
        // --queue-balance hashes the addresses of both directions alike.
        this.traits = new CaptureTraits(
                noRejects.isEmpty() ? WITH_REJECT : WITHOUT_REJECT, false, true, false, maxPackets, Long.MAX_VALUE);
        this.explanation = explain(queues, asked, noRejects);
    }

    private static List<String> explain(List<NfqueueQueue> queues, QueueOptions asked, String noRejects) {
        NfqueueQueue first = queues.get(0);
        NfqueueQueue last = queues.get(queues.size() - 1);
        List<String> lines = new ArrayList<>();
        lines.add(
                first == last
                        ? "netfilter queue " + first.number()
                        : "netfilter queues " + first.number() + " to " + last.number());
        lines.add("up to " + first.length() + " packets a queue without a verdict, " + asked.copyRange()
                + " bytes of each are seen, receive buffer of " + (first.receiveBufferBytes() >> 10) + " KiB");
        if (first.receiveBufferBytes() < asked.receiveBufferBytes()) {
            lines.add("the receive buffer is smaller than asked for: that takes CAP_NET_ADMIN or a larger"
                    + " net.core.rmem_max");
        }
        lines.add(
                asked.failsOpen()
                        ? "fails open: what does not fit passes, and what comes while the capture ends"
                        : "fails closed: what does not fit is dropped, and what comes while the capture ends");
        if (asked.passesUncounted(first.length(), first.receiveBufferBytes())) {
            lines.add("what passes because the queue is full is not counted, as the kernel does not: leave queue-length"
                    + " to auto to see all that passes");
        }
        lines.add(
                asked.cutsLargePackets()
                        ? "no gso: the kernel segments large packets before they are queued"
                        : "gso: large packets come unsegmented");
        if (asked.verdictThread()) {
            lines.add("where packets pile up, a second thread for each queue carries verdicts out");
        }
        if (!noRejects.isEmpty()) {
            lines.add(noRejects);
        }
        FlowMarks marks = asked.marks();
        if (marks.accept() != 0 || marks.drop() != 0) {
            lines.add(String.format(
                    "decided flows are marked for the rules: accepted 0x%x, dropped 0x%x",
                    marks.accept(), marks.drop()));
        }
        return List.copyOf(lines);
    }

    @Override
    public CaptureTraits traits() {
        return traits;
    }

    @Override
    public List<? extends CaptureQueue> queues() {
        return queues;
    }

    @Override
    public List<String> explain() {
        return explanation;
    }

    @Override
    public void close() {
        for (NfqueueQueue queue : queues) {
            if (queue.outstanding() > 0) {
                LOG.warn(
                        "nfqueue {}: closed with {} packets in hands that did not give them back",
                        queue.number(),
                        queue.outstanding());
            }
            queue.close();
        }
    }
}
