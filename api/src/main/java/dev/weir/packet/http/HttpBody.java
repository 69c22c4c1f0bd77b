package dev.weir.packet.http;

/** How the end of a message's body is found (RFC 9112, 6.3). */
public enum HttpBody {
    /** There is none. */
    NONE,
    /** It has a length that was told before. */
    LENGTH,
    /** It comes in chunks, each with its length. */
    CHUNKED,
    /** It ends with the connection. */
    UNTIL_CLOSE,
    /** The head contradicts itself; where the next message begins is not known. */
    UNKNOWN
}
