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

    /** True when {@link #read} would answer something other than 0. */
    default boolean isReady() {
        return true;
    }

    @Override
    void close();
}
