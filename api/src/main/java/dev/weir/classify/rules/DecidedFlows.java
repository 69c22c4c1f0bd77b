package dev.weir.classify.rules;

/** What becomes of flows that a rule has decided as a whole when the rules are replaced. */
public enum DecidedFlows {
    /**
     * They stay as they were decided: a dropped flow stays dropped, an accepted one skips classification (and, on a
     * capture that can, the kernel keeps it away). The cheapest.
     */
    KEEP,
    /**
     * They are judged anew by the new rules, with their next packet. For that, the set remembers the decision in the flow
     * and answers each packet with it; the pipeline sees verdicts for packets only. What needs the beginning of a
     * conversation to be seen (a request, a handshake) is not judged again.
     */
    RECONSIDER
}
