package dev.weir.packet.http;

import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * The head of an HTTP/1 request or response: its first line and its fields. Offsets count from the first byte of the window
 * that was wrapped. Lines may end with CRLF or LF; empty lines before the head are passed over (RFC 9112, 2.2).
 *
 * <p>A head that is not there as a whole is read as far as its lines are complete, so {@link #state()} says
 * {@link State#INCOMPLETE} and the accessors tell what is known.
 *
 * <p>Reused, by one thread at a time. Wrapping reads each byte once or twice; it allocates nothing but room for more fields
 * than were ever seen.
 */
public final class HttpHeadView {
    /** What the bytes are. */
    public enum State {
        /** Not the beginning of an HTTP/1 message. */
        NOT_HTTP,
        /** The beginning of one, as far as it is there. */
        INCOMPLETE,
        /** A whole head. */
        COMPLETE
    }

    /** So many fields are kept; others count for the length of the body alone. */
    public static final int MAX_FIELDS = 1000;

    private static final int MAX_METHOD_LENGTH = 32;
    private static final String VERSION_PREFIX = "HTTP/1.";
    private static final int VERSION_LENGTH = VERSION_PREFIX.length() + 1;
    private static final int STATUS_LENGTH = 3; // RFC 9112, 4: 3DIGIT
    private static final int FIELD_SLOTS = 4; // offset and length of name and value
    private static final int NOT_SET = -1;

    private final Bytes bytes = new Bytes();
    private State state = State.NOT_HTTP;
    private boolean request;
    private int version;
    private int methodOffset;
    private int methodLength;
    private int targetOffset;
    private int targetLength;
    private int status;
    private int length;
    private int[] fields = new int[32 * FIELD_SLOTS];
    private int fieldCount;
    private int host;
    private int oddities;
    private final BodyLength bodyLength = new BodyLength();

    /** A view of nothing, to be wrapped. */
    public HttpHeadView() {}

    /**
     * Moves the view to what may be the beginning of a message.
     *
     * @param length bytes that are there; what follows the head may be among them
     * @return true for a whole head
     * @throws IndexOutOfBoundsException when the bytes do not lie within the source
     */
    public boolean wrap(Bytes source, int offset, int length) {
        bytes.wrap(source, offset, length);
        request = false;
        version = 0;
        methodLength = 0;
        targetLength = 0;
        status = 0;
        this.length = 0;
        fieldCount = 0;
        host = NOT_SET;
        oddities = 0;
        bodyLength.clear();
        state = read();
        return state == State.COMPLETE;
    }

    private State read() {
        int end = bytes.length();
        int start = 0;
        while (start < end && (bytes.u8(start) == HttpText.LF || bytes.u8(start) == HttpText.CR)) {
            start++;
        }
        request = !HttpText.mayBegin(bytes, start, end, VERSION_PREFIX);
        if (request && !beginsWithMethod(start, end)) {
            return State.NOT_HTTP;
        }
        int lineEnd = HttpText.lineEnd(bytes, start, end);
        if (lineEnd < 0) {
            return State.INCOMPLETE;
        }
        int contentEnd = contentEnd(start, lineEnd);
        if (!(request ? requestLine(start, contentEnd) : statusLine(start, contentEnd))) {
            return State.NOT_HTTP;
        }
        return readFields(lineEnd + 1, end);
    }

    /** A method and a space, or so much of it as is there. */
    private boolean beginsWithMethod(int start, int end) {
        int at = start;
        while (at < end && HttpText.isToken(bytes.u8(at))) {
            at++;
        }
        methodOffset = start;
        methodLength = at - start;
        boolean ended = at < end;
        return methodLength <= MAX_METHOD_LENGTH && (!ended || methodLength > 0 && HttpText.isSpace(bytes.u8(at)));
    }

    /** Where a line's content ends: before CRLF or LF. Looks at what has no place within a line. */
    private int contentEnd(int start, int lineEnd) {
        int end = lineEnd;
        if (end > start && bytes.u8(end - 1) == HttpText.CR) {
            end--;
        } else {
            note(HttpOddity.BARE_LF);
        }
        for (int at = start; at < end; at++) {
            int value = bytes.u8(at);
            if (value == HttpText.CR) {
                note(HttpOddity.BARE_CR);
            } else if (value == 0) {
                note(HttpOddity.NUL);
            }
        }
        return end;
    }

    /** RFC 9112, 3: method, target, version. */
    private boolean requestLine(int start, int lineEnd) {
        int end = trimmedEnd(start, lineEnd);
        int versionStart = end - VERSION_LENGTH;
        int targetStart = skipSpace(start + methodLength, end);
        if (versionStart <= targetStart
                || !HttpText.mayBegin(bytes, versionStart, end, VERSION_PREFIX)
                || !HttpText.isDigit(bytes.u8(end - 1))
                || !HttpText.isSpace(bytes.u8(versionStart - 1))) {
            return false;
        }
        version = 10 + bytes.u8(end - 1) - '0';
        targetOffset = targetStart;
        targetLength = trimmedEnd(targetStart, versionStart) - targetStart;
        boolean oneSpaceEach = targetStart == start + methodLength + 1
                && targetStart + targetLength + 1 == versionStart
                && end == lineEnd;
        if (!oneSpaceEach) {
            note(HttpOddity.ODD_SPACES);
        }
        return targetLength > 0;
    }

    /** RFC 9112, 4: version, status code, reason; more white space than one space is taken as in a request. */
    private boolean statusLine(int start, int end) {
        int at = start + VERSION_LENGTH;
        if (end <= at || !HttpText.isDigit(bytes.u8(at - 1)) || !HttpText.isSpace(bytes.u8(at))) {
            return false;
        }
        int code = skipSpace(at, end);
        int codeEnd = code + STATUS_LENGTH;
        if (end < codeEnd
                || !HttpText.isDigit(bytes.u8(code))
                || !HttpText.isDigit(bytes.u8(code + 1))
                || !HttpText.isDigit(bytes.u8(code + 2))
                || end > codeEnd && !HttpText.isSpace(bytes.u8(codeEnd))) {
            return false;
        }
        if (code != at + 1) {
            note(HttpOddity.ODD_SPACES);
        }
        version = 10 + bytes.u8(at - 1) - '0';
        status = (bytes.u8(code) - '0') * 100 + (bytes.u8(code + 1) - '0') * 10 + bytes.u8(code + 2) - '0';
        return true;
    }

    /** RFC 9112, 5. Each round reads one line. */
    private State readFields(int start, int end) {
        int at = start;
        while (true) {
            int lineEnd = HttpText.lineEnd(bytes, at, end);
            if (lineEnd < 0) {
                return State.INCOMPLETE;
            }
            int contentEnd = contentEnd(at, lineEnd);
            if (contentEnd == at) {
                length = lineEnd + 1;
                lengths();
                return State.COMPLETE;
            }
            if (HttpText.isSpace(bytes.u8(at))) {
                fold(at, contentEnd);
            } else {
                field(at, contentEnd);
            }
            at = lineEnd + 1;
        }
    }

    private void field(int start, int end) {
        int colon = start;
        while (colon < end && bytes.u8(colon) != ':') {
            colon++;
        }
        int nameEnd = trimmedEnd(start, colon);
        if (colon == end || nameEnd == start) {
            note(HttpOddity.NO_FIELD);
            return;
        }
        if (nameEnd != colon) {
            note(HttpOddity.SPACE_BEFORE_COLON);
        }
        int value = skipSpace(colon + 1, end);
        int slot = fieldCount * FIELD_SLOTS;
        if (slot == fields.length) {
            fields = Arrays.copyOf(fields, fields.length * 2);
        }
        fields[slot] = start;
        fields[slot + 1] = nameEnd - start;
        fields[slot + 2] = value;
        fields[slot + 3] = trimmedEnd(value, end) - value;
        if (fieldCount < MAX_FIELDS) {
            meaning(fieldCount);
            fieldCount++;
        } else {
            note(HttpOddity.TOO_MANY_FIELDS);
            meaning(MAX_FIELDS);
        }
    }

    /** The line belongs to the value before; in between then stand line ends and white space (RFC 9112, 5.2). */
    private void fold(int start, int end) {
        note(HttpOddity.FOLDED);
        if (fieldCount > 0 && !isNoted(HttpOddity.TOO_MANY_FIELDS)) {
            int slot = (fieldCount - 1) * FIELD_SLOTS;
            int valueEnd = trimmedEnd(start, end);
            fields[slot + 3] = Math.max(fields[slot + 3], valueEnd - fields[slot + 2]);
            // What a length or an encoding means with a second line is up to the reader: such a body has no known end.
            if (bodyLength.isFrom(fieldCount - 1)) {
                bodyLength.spoil();
            }
        }
    }

    private void meaning(int index) {
        int slot = index * FIELD_SLOTS;
        int value = fields[slot + 2];
        int valueLength = fields[slot + 3];
        switch (fields[slot + 1]) {
            case 4 -> {
                if (isNamed(slot, "host")) {
                    if (host >= 0) {
                        note(HttpOddity.SEVERAL_HOSTS);
                    } else if (index < MAX_FIELDS) {
                        host = index;
                    }
                }
            }
            case 14 -> {
                if (isNamed(slot, "content-length")) {
                    bodyLength.contentLength(bytes, value, valueLength, index);
                }
            }
            case 17 -> {
                if (isNamed(slot, "transfer-encoding")) {
                    bodyLength.transferEncoding(bytes, value, valueLength, index);
                }
            }
            default -> {}
        }
    }

    private boolean isNamed(int slot, String name) {
        return HttpText.is(bytes, fields[slot], fields[slot + 1], name);
    }

    private void lengths() {
        if (bodyLength.isBadLength()) {
            note(HttpOddity.BAD_LENGTH);
        }
        if (bodyLength.isBadEncoding()) {
            note(HttpOddity.BAD_TRANSFER_ENCODING);
        }
        if (bodyLength.isTwofold()) {
            note(HttpOddity.TWO_LENGTHS);
        }
    }

    private int skipSpace(int from, int end) {
        int at = from;
        while (at < end && HttpText.isSpace(bytes.u8(at))) {
            at++;
        }
        return at;
    }

    private int trimmedEnd(int start, int end) {
        int at = end;
        while (at > start && HttpText.isSpace(bytes.u8(at - 1))) {
            at--;
        }
        return at;
    }

    private void note(HttpOddity oddity) {
        oddities |= 1 << oddity.ordinal();
    }

    private boolean isNoted(HttpOddity oddity) {
        return (oddities & 1 << oddity.ordinal()) != 0;
    }

    /** What the bytes are. */
    public State state() {
        return state;
    }

    /** True for a request, false for a response; means nothing for what is not HTTP. */
    public boolean isRequest() {
        return request;
    }

    /** True when the first line was read. */
    public boolean hasFirstLine() {
        return version != 0;
    }

    /** 10 or 11, as a rule; 0 while the first line is not there. */
    public int version() {
        return version;
    }

    /** Bytes of the head, with the empty line that ends it and those that came before; 0 while it is incomplete. */
    public int length() {
        return length;
    }

    /** The method of a request; the window is empty for a response. */
    public Bytes method(Bytes window) {
        return hasFirstLine() && request ? window.wrap(bytes, methodOffset, methodLength) : window.wrap(bytes, 0, 0);
    }

    /** True when this is a request with the method, which is case-sensitive (RFC 9110, 9.1). */
    public boolean isMethod(String method) {
        return hasFirstLine()
                && request
                && methodLength == method.length()
                && HttpText.mayBegin(bytes, methodOffset, methodOffset + methodLength, method);
    }

    /** The target of a request as it was sent; the window is empty for a response. */
    public Bytes target(Bytes window) {
        return window.wrap(bytes, targetLength == 0 ? 0 : targetOffset, targetLength);
    }

    /** The status code of a response, 0 for a request. */
    public int status() {
        return status;
    }

    /**
     * Whom a request asks for, without a port: the authority of the target where it has one (RFC 9112, 3.2.2 and 3.2.3),
     * else the field Host.
     *
     * @return false, with an empty window, when neither says
     */
    public boolean host(Bytes window) {
        return HttpAuthority.find(this, window);
    }

    /** Fields that were read, at most {@link #MAX_FIELDS}. */
    public int fieldCount() {
        return fieldCount;
    }

    /** The name of a field, as it was sent. */
    public Bytes fieldName(int index, Bytes window) {
        int slot = Objects.checkIndex(index, fieldCount) * FIELD_SLOTS;
        return window.wrap(bytes, fields[slot], fields[slot + 1]);
    }

    /** The value of a field, without the white space around it; a folded one as it was sent, with its line ends. */
    public Bytes fieldValue(int index, Bytes window) {
        int slot = Objects.checkIndex(index, fieldCount) * FIELD_SLOTS;
        return window.wrap(bytes, fields[slot + 2], fields[slot + 3]);
    }

    /**
     * The next field with a name.
     *
     * @param name in lower case
     * @param from where to begin, 0 for the first
     * @return the field's index, or -1
     */
    public int find(String name, int from) {
        for (int index = from; index < fieldCount; index++) {
            if (isNamed(index * FIELD_SLOTS, name)) {
                return index;
            }
        }
        return NOT_SET;
    }

    int hostField() {
        return host;
    }

    /** How the end of the body is found, by this head alone: what a response has depends on its request as well. */
    public HttpBody body() {
        if (state != State.COMPLETE) {
            return HttpBody.UNKNOWN;
        }
        if (!request && (status / 100 == 1 || status == 204 || status == 304)) {
            return HttpBody.NONE; // RFC 9112, 6.3, 1
        }
        return bodyLength.body(request);
    }

    /** Bytes of a body of {@link HttpBody#LENGTH}, else -1. */
    public long contentLength() {
        return body() == HttpBody.LENGTH ? bodyLength.length() : -1;
    }

    /** True when something is doubtful about the head. */
    public boolean has(HttpOddity oddity) {
        return isNoted(oddity);
    }

    /** True when anything is doubtful about the head, bare LFs aside. */
    public boolean isDoubtful() {
        return (oddities & ~(1 << HttpOddity.BARE_LF.ordinal())) != 0;
    }

    /** A window's bytes as text, one character a byte (ISO 8859-1, as fields are read). Allocates. */
    public static String text(Bytes window) {
        return new String(window.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    /** The value of the first field with a name, or an empty text. Allocates. */
    public String fieldText(String name) {
        int index = find(name, 0);
        return index < 0 ? "" : text(fieldValue(index, new Bytes()));
    }

    /** The first line, for people. Allocates. */
    @Override
    public String toString() {
        if (!hasFirstLine()) {
            return state.toString();
        }
        Bytes window = new Bytes();
        return request ? text(method(window)) + " " + text(target(window)) : "status " + status;
    }
}
