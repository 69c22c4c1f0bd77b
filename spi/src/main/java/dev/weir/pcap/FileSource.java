package dev.weir.pcap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A regular file, read straight into the caller's direct buffer. */
final class FileSource implements ByteSource {
    private final FileChannel channel;

    FileSource(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    @Override
    public long skip(long count) throws IOException {
        long position = channel.position();
        long skipped = Math.max(0, Math.min(count, channel.size() - position));
        channel.position(position + skipped);
        return skipped;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
