package dev.weir;

/** What becomes of a packet whose classifier threw. */
public enum ErrorPolicy {
    ACCEPT,
    DROP
}
