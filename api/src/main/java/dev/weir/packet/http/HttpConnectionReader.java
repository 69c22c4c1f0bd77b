package dev.weir.packet.http;

import dev.weir.Direction;
import dev.weir.packet.Bytes;

/**
 * Finds the messages in both directions of a connection: a head, its body passed over, the next head. It keeps no bytes; what
 * it was not done with it wants to see again, with more behind. One for each connection, about 200 bytes; used by one thread
 * at a time.
 *
 * <p>Which direction has the requests is seen by their first lines. A response's length depends on its request (a response to
 * HEAD has no body, one to CONNECT ends HTTP); up to 32 requests without a response are remembered.
 */
public final class HttpConnectionReader {
    /** What came next. */
    public enum Step {
        /** A whole head is in the view; its body follows. */
        HEAD,
        /** A message has ended; {@link HttpConnectionReader#bodyLength} tells how long its body was. */
        END,
        /** More bytes are needed. */
        MORE,
        /** No more messages can be found: it is not HTTP/1, or no longer, or where the next one begins is not known. */
        OVER
    }

    private enum At {
        HEAD,
        LENGTH,
        CHUNKS,
        UNTIL_CLOSE,
        END,
        OVER
    }

    private static final int MAX_OUTSTANDING = 32;
    private static final int OTHER = 0;
    private static final int HEAD_METHOD = 1;
    private static final int CONNECT = 2;

    private final Half forward = new Half();
    private final Half reverse = new Half();

    /** Kinds of the requests without a response, two bits each, the oldest lowest. */
    private long outstanding;

    private int outstandingCount;

    /** One direction. */
    private static final class Half {
        private At at = At.HEAD;
        private long left;
        private long bodyLength;
        private final ChunkedBody chunks = new ChunkedBody();
        private int consumed;
        private boolean seenHead;
    }

    /** Before the first byte of a connection. */
    public HttpConnectionReader() {}

    private Half half(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    /** Bytes that the latest {@link #read} was done with. */
    public int consumed(Direction direction) {
        return half(direction).consumed;
    }

    /** Bytes of the body of the message that has ended, or of what was seen of it; chunks without their framing. */
    public long bodyLength(Direction direction) {
        Half half = half(direction);
        return half.at == At.CHUNKS || half.chunks.isAtEnd() ? half.chunks.total() : half.bodyLength;
    }

    /** True when this direction had a message. */
    public boolean isHttp(Direction direction) {
        return half(direction).seenHead;
    }

    /** True when a message has begun and its end was not seen. */
    public boolean isWithinMessage(Direction direction) {
        At at = half(direction).at;
        return at == At.LENGTH || at == At.CHUNKS || at == At.UNTIL_CLOSE || at == At.END;
    }

    /**
     * Reads on. To be called until it says {@link Step#MORE} or {@link Step#OVER}; each call consumes something, ends a message,
     * or is the last.
     *
     * @param head gets the head for {@link Step#HEAD}, and what is there of one for {@link Step#MORE}
     */
    public Step read(Direction direction, Bytes bytes, int offset, int length, HttpHeadView head) {
        Half half = half(direction);
        int end = offset + length;
        int behind =
                switch (half.at) {
                    case LENGTH -> {
                        long step = Math.min(half.left, length);
                        half.left -= step;
                        half.bodyLength += step;
                        half.at = half.left == 0 ? At.END : At.LENGTH;
                        yield offset + (int) step;
                    }
                    case CHUNKS -> {
                        int passed = half.chunks.pass(bytes, offset, end);
                        half.at = half.chunks.isBroken() ? At.OVER : half.chunks.isAtEnd() ? At.END : At.CHUNKS;
                        yield passed;
                    }
                    case UNTIL_CLOSE -> {
                        half.bodyLength += length;
                        yield end;
                    }
                    default -> offset;
                };
        half.consumed = behind - offset;
        return switch (half.at) {
            case HEAD -> readHead(half, bytes, offset, length, head);
            case END -> {
                half.at = At.HEAD;
                yield Step.END;
            }
            case OVER -> Step.OVER;
            default -> Step.MORE;
        };
    }

    private Step readHead(Half half, Bytes bytes, int offset, int length, HttpHeadView head) {
        head.wrap(bytes, offset, length);
        switch (head.state()) {
            case NOT_HTTP -> {
                half.at = At.OVER;
                return Step.OVER;
            }
            case INCOMPLETE -> {
                return Step.MORE;
            }
            case COMPLETE -> {
                half.seenHead = true;
                half.consumed = head.length();
                half.bodyLength = 0;
                half.chunks.begin();
                half.at = head.isRequest() ? request(half, head) : response(half, head);
            }
        }
        return Step.HEAD;
    }

    private At request(Half half, HttpHeadView head) {
        if (outstandingCount < MAX_OUTSTANDING) {
            long kind = head.isMethod("HEAD") ? HEAD_METHOD : head.isMethod("CONNECT") ? CONNECT : OTHER;
            outstanding |= kind << 2 * outstandingCount++;
        }
        return begin(half, head);
    }

    private At response(Half half, HttpHeadView head) {
        if (head.status() / 100 == 1 && head.status() != 101) {
            return At.END; // the response itself is still to come
        }
        int kind = OTHER;
        if (outstandingCount > 0) {
            kind = (int) outstanding & 3;
            outstanding >>>= 2;
            outstandingCount--;
        }
        if (head.status() == 101 || kind == CONNECT && head.status() / 100 == 2) {
            forward.at = At.OVER;
            reverse.at = At.OVER;
            return At.OVER;
        }
        return kind == HEAD_METHOD ? At.END : begin(half, head);
    }

    private static At begin(Half half, HttpHeadView head) {
        half.left = head.contentLength();
        return switch (head.body()) {
            case NONE -> At.END;
            case LENGTH -> At.LENGTH;
            case CHUNKED -> At.CHUNKS;
            case UNTIL_CLOSE -> At.UNTIL_CLOSE;
            case UNKNOWN -> At.OVER;
        };
    }
}
