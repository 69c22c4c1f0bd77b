package dev.weir.stream;

/** What is counted; see {@link StreamCounts} and {@link FragmentCounts}. */
enum Counter {
    STREAMS,
    OUT_OF_ORDER,
    RETRANSMITTED,
    CONFLICTS,
    REFUSED,
    OUTSIDE,
    BAD_CHECKSUMS,
    GAPS,
    LIMITS,
    EVICTIONS,
    STALLS,
    USED_BYTES,
    MEMORY_BYTES,
    DATAGRAMS,
    FRAGMENTS_DISCARDED,
    DATAGRAMS_EXPIRED,
    DATAGRAMS_EVICTED,
    FRAGMENT_USED_BYTES,
    FRAGMENT_MEMORY_BYTES
}
