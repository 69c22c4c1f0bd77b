package dev.weir.classify.regex;

/**
 * What matching may cost: one step is about the time that it takes to read a byte; learning a state of the automaton costs
 * more steps. One budget may serve several expressions, so that all that is done for one packet is bounded together.
 * Renewed instead of allocated. Used by one thread.
 */
public final class StepBudget {
    /** Enough for the largest packet (65,535 bytes) and what is learned with it; spent in well under a millisecond. */
    public static final int STANDARD_STEPS = 100_000;

    private final int steps;
    private int left;

    /** A budget of {@link #STANDARD_STEPS}. */
    public StepBudget() {
        this(STANDARD_STEPS);
    }

    /** @param steps 1 or more */
    public StepBudget(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a budget of " + steps + " steps");
        }
        this.steps = steps;
        this.left = steps;
    }

    /** Makes the budget whole again, for the next packet. */
    public void renew() {
        left = steps;
    }

    /** Steps that are left; 0 or more. */
    public int left() {
        return left;
    }

    void spend(int count) {
        left = Math.max(0, left - count);
    }
}
