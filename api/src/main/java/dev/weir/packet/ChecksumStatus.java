package dev.weir.packet;

/** What can be said of a checksum. A packet whose checksum the network card was to complete looks invalid. */
public enum ChecksumStatus {
    /** It is right. */
    VALID,
    /** It is wrong. */
    INVALID,
    /** The sender computed none: zero in UDP, or an IPv6 header, which has no checksum. */
    ABSENT,
    /** It cannot be told: a fragment, bytes that were not captured, or a protocol without a checksum known here. */
    UNKNOWN
}
