package dev.weir;

/** What a {@link KernelFilter} did with a packet. */
public enum KernelOutcome {
    /** It went to the kernel's network stack: nothing in the filter concerned it. */
    PASSED,
    /** It went to Weir. */
    STEERED,
    /** It was to go to Weir, but nothing of ours listens on its receive queue: the kernel's stack has it. */
    NO_SOCKET,
    /** The rest of its flow had been accepted: it went to the kernel's stack. */
    FLOW_ACCEPTED,
    /** The rest of its flow had been dropped. */
    FLOW_DROPPED,
    /** Dropped: an IPv4 prefix of the {@link Blocklist}. */
    BLOCKED_IPV4,
    /** Dropped: an IPv6 prefix of the {@link Blocklist}. */
    BLOCKED_IPV6,
    /** Dropped: a port of the {@link Blocklist}. */
    BLOCKED_PORT,
    /** Dropped: a flow of the {@link Blocklist}. */
    BLOCKED_FLOW;

    /** True when the packet went no further. */
    public boolean isDrop() {
        return ordinal() >= FLOW_DROPPED.ordinal();
    }
}
