package dev.weir.stream;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Shows another classifier whole datagrams: packets that are no fragments as they are, fragments once their datagram is
 * complete, as one packet ({@link Packet#isReassembled()}).
 *
 * <p>Fragments pass while their datagram is incomplete; the other classifier's verdict decides the one that completes it.
 * Without that one, nobody can read the others: to discard it discards the datagram. Fragments that are sent once more
 * are discarded too.
 *
 * <p>May be shared by workers if the other classifier may; each thread then has the memory that the limits state.
 */
public final class DatagramClassifier implements Classifier {
    private final Classifier classifier;
    private final FragmentLimits limits;
    private final Verdict ofGivenUp;
    private final List<Counters> counters = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Defragmenter> defragmenter = ThreadLocal.withInitial(this::newDefragmenter);

    /** With the standard bounds; fragments of datagrams that are given up pass. */
    public DatagramClassifier(Classifier classifier) {
        this(classifier, FragmentLimits.DEFAULT, Verdict.CONTINUE);
    }

    /**
     * Reads datagrams within bounds.
     *
     * @param ofGivenUp the verdict for fragments of datagrams that cannot be read, because fragments overlap or contradict
     *     each other. Some hosts put those together all the same: an inline filter drops them
     * @throws WeirException when that verdict is for flows, or holds, or replaces
     */
    public DatagramClassifier(Classifier classifier, FragmentLimits limits, Verdict ofGivenUp) {
        this.classifier = Objects.requireNonNull(classifier, "classifier");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.ofGivenUp = Objects.requireNonNull(ofGivenUp, "ofGivenUp");
        if (ofGivenUp.scope() == Verdict.Scope.FLOW
                || ofGivenUp.kind() == Verdict.Kind.HOLD
                || ofGivenUp.kind() == Verdict.Kind.REPLACE) {
            throw new WeirException(
                    "fragments of datagrams that are given up can be left to others (CONTINUE), accepted,"
                            + " dropped, rejected or marked, each for itself: not " + ofGivenUp);
        }
    }

    private Defragmenter newDefragmenter() {
        Counters made = new Counters();
        counters.add(made);
        return new Defragmenter(limits, made);
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        if (!Defragmenter.isPart(packet.headers())) {
            return classifier.classify(packet, flow);
        }
        Defragmenter fragments = defragmenter.get();
        Packet whole = fragments.accept(packet);
        if (whole == null) {
            return fragments.isGivenUp() ? ofGivenUp : fragments.verdict();
        }
        Verdict verdict = classifier.classify(whole, flow);
        if (verdict != null) { // the engine has its own words for null
            fragments.decided(verdict);
        }
        return verdict;
    }

    @Override
    public void flowStarted(Flow flow) {
        classifier.flowStarted(flow);
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        classifier.flowEnded(flow, end);
    }

    @Override
    public void close() {
        classifier.close();
    }

    /** What was met so far, over all threads; a snapshot that any thread may ask for. Allocates. */
    public FragmentCounts counts() {
        return Counters.fragments(counters);
    }
}
