package dev.weir;

/** What becomes of traffic while a pipeline is paused. */
public enum PausePolicy {
    /** Nothing is read: the kernel's queue or ring fills, then its own policy applies. Files simply wait. */
    STOP_READING,
    /** Packets pass unclassified, counted as such. */
    ACCEPT,
    /** Packets are dropped unclassified, counted as such. */
    DROP
}
