package dev.weir.pcap;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** A stream that answers without waiting long: a compressed file. */
final class StreamSource implements ByteSource {
    private final InputStream stream;
    private final byte[] chunk = new byte[1 << 16];

    StreamSource(InputStream stream) {
        this.stream = stream;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        try {
            int count = stream.read(chunk, 0, Math.min(chunk.length, into.remaining()));
            if (count > 0) {
                into.put(chunk, 0, count);
            }
            return count;
        } catch (EOFException e) {
            return -1; // compressed data that breaks off: the reader says where, in terms of the capture
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
