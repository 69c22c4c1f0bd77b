package dev.weir.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/** Any channel, read by the caller's thread, which waits with it. */
final class ChannelSource implements ByteSource {
    private final ReadableByteChannel channel;
    private StreamSource stream;

    ChannelSource(ReadableByteChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (stream == null) {
            InputStream in = Gzip.unwrap(Channels.newInputStream(channel));
            stream = new StreamSource(in);
        }
        return stream.read(into);
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
