package dev.weir.engine;

import dev.weir.spi.Slot;

/**
 * Where the packets of one queue get their verdicts: from its own thread ({@link InPlaceVerdicts}) or from workers
 * ({@link WorkerVerdicts}). Carries them out, gives the packets back, and knows which are out. For the queue's owner.
 */
interface VerdictSource {
    /** What is in flight. */
    Outstanding out();

    /** Carries out what was decided since the last call; how many packets that was. */
    int collect();

    /** Takes in packets that were received just now. */
    void admit(Slot[] batch, int count, long nowNs);

    /** Has decided what can be and must be by now, and carries it out; how much there was to do. */
    int judge(long nowNs);

    /** True when there is something to do besides receiving. */
    boolean hasNews();

    /** When {@link #judge} has to be called at the latest, by the pipeline's clock; {@link Long#MAX_VALUE} for never. */
    long dueNs();

    /** The queue brings nothing new any more. */
    void intakeStopped();

    /** The queue has ended: decides what is held. What is still out then has to be collected. */
    void drain();

    /** The time for an orderly end is over: decides what is out; slots that may still be read stay out. */
    void abandon();

    /** Something broke in between: carries out what was decided, and decides the rest by default. */
    void giveUp();
}
