package dev.weir.stream;

/** What is counted; see {@link StreamCounts}. */
enum Counter {
    STREAMS,
    OUT_OF_ORDER,
    RETRANSMITTED,
    CONFLICTS,
    REFUSED,
    OUTSIDE,
    GAPS,
    LIMITS,
    EVICTIONS,
    STALLS,
    DATAGRAMS,
    FRAGMENTS_DISCARDED,
    DATAGRAMS_EXPIRED,
    USED_BYTES,
    MEMORY_BYTES
}
