package dev.weir;

import java.util.List;

/**
 * Says who stands behind flows. It works beside the pipeline: the engine asks it on a thread of its own, in batches, and
 * puts the answers into the flows, where classifiers and listeners read them at no cost ({@link Flow#attribution()}).
 * A packet never waits for it, except where a classifier answers {@link Verdict#HOLD} until the answer is there.
 *
 * <p>When an answer is missing or less than {@link Attribution.Certainty#CERTAIN}, the engine asks again while the flow
 * is young: after about 5, 20, 80, 320 and 1,280 ms. A surer answer replaces a less sure one; of two that are equally sure and
 * contradict each other the first stays, and the ledger counts the contradiction.
 */
public interface FlowCorrelator extends AutoCloseable {
    /**
     * Is asked about some flows; called on the pipeline's correlation thread, one call at a time. It may answer at once
     * or keep the question and answer later from any thread. It may block for some milliseconds, which delays other
     * answers, never packets. What it throws is logged once per kind, and counts as no answer.
     *
     * @param questions one or more; the list is reused after the call, the questions are not
     */
    void correlate(List<? extends Question> questions);

    /** A flow ended; called on the same thread. Only flows that were asked about are told. */
    default void flowEnded(FlowKey key) {}

    /** The pipeline ended; called once, on the same thread. */
    @Override
    default void close() {}

    /** One flow whose owner is wanted. */
    interface Question {
        /** The flow, in its forward direction. */
        FlowKey key();

        /** Unique within the pipeline. */
        long flowId();

        /** 1 for the first time, then counting up. */
        int attempt();

        /** How old the flow is, in nanoseconds. */
        long ageNs();

        /** Answers; any thread, any number of times, also after the flow has ended (it then does nothing). */
        void answer(Attribution attribution);
    }
}
