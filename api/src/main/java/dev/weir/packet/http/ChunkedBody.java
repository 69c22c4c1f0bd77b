package dev.weir.packet.http;

import dev.weir.packet.Bytes;

/** Passes over a body in chunks (RFC 9112, 7.1), piece by piece. */
final class ChunkedBody {
    private enum At {
        SIZE,
        EXTENSION,
        DATA,
        DATA_END,
        TRAILER_START,
        TRAILER,
        END,
        BROKEN
    }

    private static final long MAX_SIZE = 1L << 56;

    private At at;
    private long size;
    private boolean digits;
    private long total;

    void begin() {
        at = At.SIZE;
        size = 0;
        digits = false;
        total = 0;
    }

    boolean isAtEnd() {
        return at == At.END;
    }

    boolean isBroken() {
        return at == At.BROKEN;
    }

    /** Bytes of all chunks so far. */
    long total() {
        return total;
    }

    /** Passes over what belongs to the body; returns the offset behind it. Each round passes a byte or more. */
    int pass(Bytes bytes, int offset, int end) {
        int position = offset;
        while (position < end && at != At.END && at != At.BROKEN) {
            if (at == At.DATA) {
                long step = Math.min(size, end - position);
                size -= step;
                total += step;
                position += (int) step;
                at = size == 0 ? At.DATA_END : At.DATA;
            } else {
                at = next(bytes.u8(position++));
            }
        }
        return position;
    }

    private At next(int value) {
        return switch (at) {
            case SIZE -> {
                int digit = Character.digit(value, 16);
                if (digit >= 0 && value < 128) {
                    size = size << 4 | digit;
                    digits = true;
                    yield size < MAX_SIZE ? At.SIZE : At.BROKEN;
                }
                yield !digits ? At.BROKEN : value == HttpText.LF ? behindSize() : At.EXTENSION;
            }
            case EXTENSION -> value == HttpText.LF ? behindSize() : At.EXTENSION;
            case DATA_END -> value == HttpText.LF ? newChunk() : value == HttpText.CR ? At.DATA_END : At.BROKEN;
            case TRAILER_START -> value == HttpText.LF ? At.END : value == HttpText.CR ? At.TRAILER_START : At.TRAILER;
            case TRAILER -> value == HttpText.LF ? At.TRAILER_START : At.TRAILER;
            default -> at;
        };
    }

    private At behindSize() {
        return size == 0 ? At.TRAILER_START : At.DATA;
    }

    private At newChunk() {
        size = 0;
        digits = false;
        return At.SIZE;
    }
}
