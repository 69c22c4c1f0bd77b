package dev.weir;

/** What happens to packets that come when the in-flight bound is reached. */
public enum OverloadPolicy {
    /** They pass unclassified; the ledger counts them as passed by overload. May overtake packets of their flow. */
    FAIL_OPEN,
    /** They are dropped unclassified; the ledger counts them as refused by overload. */
    FAIL_CLOSED,
    /** No more are read until there is room: the kernel's queue fills and applies its own policy. */
    STOP_READING
}
