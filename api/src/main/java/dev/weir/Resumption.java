package dev.weir;

/**
 * Wakes the held packets of one flow from any thread: for an answer that comes later than the packet. Safe to call from
 * every thread, any number of times, also after the flow or the pipeline has ended (it then does nothing). The work is
 * done on the flow's thread, soon.
 */
public interface Resumption {
    /**
     * Asks the classifier that holds packets of this flow again, with the oldest of them; what it decides holds for all
     * that it keeps.
     */
    void reconsider();

    /**
     * Decides all packets that are held in this flow. {@link Verdict#CONTINUE} hands them to the classifiers after the
     * one that holds them; a verdict for the flow decides the rest of it too, also when nothing is held.
     *
     * @throws IllegalArgumentException for {@link Verdict#HOLD}, and for {@link Verdict#REPLACE}, which speaks of the
     *     bytes of one packet
     */
    void decide(Verdict verdict);
}
