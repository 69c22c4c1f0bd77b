package dev.weir.packet.http;

import dev.weir.packet.Bytes;

/** What a head's fields say of the length of the body (RFC 9112, 6). */
final class BodyLength {
    private static final long NONE = -1;
    private static final long MAX = Long.MAX_VALUE / 10 - 1;

    private long length;
    private boolean badLength;
    private boolean encoded;
    private boolean chunked;
    private boolean badEncoding;
    private int latestField;

    void clear() {
        length = NONE;
        badLength = false;
        encoded = false;
        chunked = false;
        badEncoding = false;
        latestField = -1;
    }

    /** A number, or the same number several times with commas in between (RFC 9110, 8.6). */
    void contentLength(Bytes bytes, int offset, int count, int field) {
        latestField = field;
        int at = offset;
        int end = offset + count;
        do { // each round reads one number, or ends
            while (at < end && (HttpText.isSpace(bytes.u8(at)) || at > offset && bytes.u8(at) == ',')) {
                at++;
            }
            long value = 0;
            int digits = at;
            while (at < end && HttpText.isDigit(bytes.u8(at)) && value < MAX) {
                value = value * 10 + bytes.u8(at++) - '0';
            }
            boolean ended = at == end || bytes.u8(at) == ',' || HttpText.isSpace(bytes.u8(at));
            if (at == digits || !ended || length != NONE && length != value) {
                badLength = true;
                return;
            }
            length = value;
        } while (at < end);
    }

    /** A list of codings, of which the last one has to be chunked (RFC 9112, 6.1). */
    void transferEncoding(Bytes bytes, int offset, int count, int field) {
        latestField = field;
        encoded = true;
        int start = offset;
        for (int at = offset; at < offset + count; at++) {
            if (bytes.u8(at) == ',') {
                start = at + 1;
            }
        }
        while (start < offset + count && HttpText.isSpace(bytes.u8(start))) {
            start++;
        }
        if (chunked) {
            badEncoding = true; // something behind chunked
        }
        chunked = HttpText.is(bytes, start, offset + count - start, "chunked");
    }

    boolean isFrom(int field) {
        return latestField == field;
    }

    /** What was said is not certain. */
    void spoil() {
        badLength |= length != NONE;
        badEncoding |= encoded;
    }

    boolean isBadLength() {
        return badLength;
    }

    boolean isBadEncoding() {
        return badEncoding || encoded && !chunked;
    }

    boolean isTwofold() {
        return encoded && length != NONE;
    }

    /** RFC 9112, 6.3, points 3 to 8. */
    HttpBody body(boolean request) {
        if (encoded) {
            return !isBadEncoding() ? HttpBody.CHUNKED : request ? HttpBody.UNKNOWN : HttpBody.UNTIL_CLOSE;
        }
        if (badLength) {
            return HttpBody.UNKNOWN;
        }
        if (length != NONE) {
            return length == 0 ? HttpBody.NONE : HttpBody.LENGTH;
        }
        return request ? HttpBody.NONE : HttpBody.UNTIL_CLOSE;
    }

    long length() {
        return length;
    }
}
