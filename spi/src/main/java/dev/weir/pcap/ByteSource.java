package dev.weir.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of a capture file come from, in order. */
interface ByteSource extends AutoCloseable {
    /**
     * Reads to the buffer's position, as much as fits and is there.
     *
     * @return bytes read, 0 for none now (a pipe), -1 at the end
     */
    int read(ByteBuffer into) throws IOException;

    /**
     * Passes over bytes without reading them, where that is possible.
     *
     * @return how many, at most {@code count} and never past the end; 0 when they have to be read
     */
    default long skip(long count) throws IOException {
        return 0;
    }

    /** True when {@link #read} would answer something other than 0. */
    default boolean isReady() {
        return true;
    }

    @Override
    void close();
}
