package dev.weir.pcap;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Standard input or a FIFO. A thread of its own does the reading, which may wait for ever, so that the capture never
 * does; eight chunks go round between the two. Closing the channel ends a read that waits.
 */
final class PipeSource implements ByteSource {
    private static final int CHUNKS = 8;
    private static final int CHUNK_BYTES = 1 << 16;

    private final ReadableByteChannel channel;
    private final Runnable arrived;
    private final BlockingQueue<ByteBuffer> empty = new LinkedBlockingQueue<>();
    private final BlockingQueue<ByteBuffer> full = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean done;
    private volatile IOException failure;

    /**
     * Starts reading.
     *
     * @param arrived called by the reading thread whenever there is something, or the end
     */
    PipeSource(ReadableByteChannel channel, Runnable arrived) {
        this.channel = channel;
        this.arrived = arrived;
        for (int i = 0; i < CHUNKS; i++) {
            empty.add(ByteBuffer.allocate(CHUNK_BYTES));
        }
        thread = new Thread(this::pump, "weir-pcap-pipe");
        thread.setDaemon(true);
        thread.start();
    }

    private void pump() {
        try {
            InputStream stream = Gzip.unwrap(Channels.newInputStream(channel));
            while (!closed) {
                ByteBuffer chunk = empty.take();
                int count = stream.read(chunk.array(), 0, chunk.capacity());
                if (count < 0) {
                    break;
                }
                full.add(chunk.limit(count).position(0));
                arrived.run();
            }
        } catch (EOFException e) {
            // compressed data that breaks off: the reader says where
        } catch (IOException e) {
            failure = closed ? null : e;
        } catch (InterruptedException e) {
            // closed
        } finally {
            done = true;
            arrived.run();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        boolean ended = done; // read before the queue: what was put before the end is seen
        ByteBuffer chunk = full.peek();
        if (chunk == null) {
            if (!ended) {
                return 0;
            }
            if (failure != null) {
                throw failure;
            }
            return -1;
        }
        int count = Math.min(chunk.remaining(), into.remaining());
        into.put(chunk.array(), chunk.position(), count);
        chunk.position(chunk.position() + count);
        if (!chunk.hasRemaining()) {
            full.remove();
            empty.add(chunk.clear());
        }
        return count;
    }

    @Override
    public boolean isReady() {
        return done || !full.isEmpty();
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt(); // also closes the channel under a read that waits
        try {
            channel.close();
            thread.join(1000);
        } catch (IOException e) {
            // nothing was written: nothing is lost
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
