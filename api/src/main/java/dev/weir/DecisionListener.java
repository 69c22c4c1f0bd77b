package dev.weir;

/**
 * Is told of every decision, on a thread of its own, after the fact. It cannot slow the pipeline: when it falls behind
 * by more than 65,536 decisions, further ones are not told, and the ledger counts how many.
 */
@FunctionalInterface
public interface DecisionListener {
    /** One decision; all calls come from one thread. What it throws is logged once per kind. */
    void decided(Decision decision);
}
