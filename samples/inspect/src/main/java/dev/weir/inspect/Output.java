package dev.weir.inspect;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where results go. The first failed write is remembered and everything after it is swallowed, so that a reader who has
 * seen enough ({@code | head}) ends the inspection and not a classifier in the middle of a packet. Not thread-safe: its
 * users lock.
 */
final class Output extends OutputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream target;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int used;
    private volatile IOException failure;

    Output(OutputStream target) {
        this.target = target;
    }

    /** Why writing failed, or null. Any thread. */
    IOException failure() {
        return failure;
    }

    @Override
    public void write(int b) {
        if (used == buffer.length) {
            drain();
        }
        buffer[used++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        while (left > 0) {
            if (used == buffer.length) {
                drain();
            }
            int part = Math.min(left, buffer.length - used);
            System.arraycopy(bytes, from, buffer, used, part);
            used += part;
            from += part;
            left -= part;
        }
    }

    @Override
    public void flush() {
        drain();
        if (failure == null) {
            try {
                target.flush();
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    private void drain() {
        if (failure == null && used > 0) {
            try {
                target.write(buffer, 0, used);
            } catch (IOException e) {
                failure = e;
            }
        }
        used = 0;
    }
}
