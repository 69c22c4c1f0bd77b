package dev.weir.packet.dns;

/** The four parts of a message, in their order (RFC 1035, 4.1). */
public enum DnsSection {
    /** What is asked: name, type and class, no data. */
    QUESTION,
    ANSWER,
    AUTHORITY,
    ADDITIONAL
}
