package dev.weir.packet.http;

/** What is against the rules in a head, or leaves its meaning to the reader; such heads are used to smuggle requests. */
public enum HttpOddity {
    /** A line ends with LF alone (RFC 9112, 2.2 lets recipients take it). */
    BARE_LF,
    /** CR within a line (RFC 9112, 2.2). */
    BARE_CR,
    /** A zero byte within a line. */
    NUL,
    /** A value goes on in the next line (RFC 9112, 5.2). */
    FOLDED,
    /** White space between a field's name and its colon (RFC 9112, 5.1). */
    SPACE_BEFORE_COLON,
    /** A line that is no field. */
    NO_FIELD,
    /** More fields than are kept ({@link HttpHeadView#MAX_FIELDS}). */
    TOO_MANY_FIELDS,
    /** The parts of the first line are not separated by one space each (RFC 9112, 3 and 4). */
    ODD_SPACES,
    /** Both Content-Length and Transfer-Encoding (RFC 9112, 6.3); the latter counts. */
    TWO_LENGTHS,
    /** Several Content-Length that differ, or one that is no number (RFC 9112, 6.3). */
    BAD_LENGTH,
    /** A Transfer-Encoding that does not end with chunked, or is no name of one (RFC 9112, 6.1). */
    BAD_TRANSFER_ENCODING,
    /** Several Host (RFC 9112, 3.2); the first one counts. */
    SEVERAL_HOSTS
}
