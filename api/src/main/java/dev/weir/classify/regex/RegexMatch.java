package dev.weir.classify.regex;

/** Whether an expression matches. */
public enum RegexMatch {
    /** It does not. */
    NO,
    /** It does. */
    YES,
    /** The {@link StepBudget} ran out before that was known. */
    UNDECIDED
}
