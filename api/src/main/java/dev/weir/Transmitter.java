package dev.weir;

import dev.weir.runtime.WeirRuntime;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Sends frames out through an interface, in batches: {@link #offer} copies a frame into the transmit ring,
 * {@link #flush()} hands what is there to the kernel with one call. Used by one thread at a time, which also closes it, or
 * has stopped using it before another one does: the ring is memory that is unmapped then.
 */
public interface Transmitter extends AutoCloseable {
    /**
     * Opens a transmitter on an interface, named as a {@link Capture} is: {@code afpacket:eth0}.
     *
     * @throws WeirException when the backend cannot transmit, or cannot work here
     */
    static Transmitter open(String name) {
        return open(name, Map.of());
    }

    /** As {@link #open(String)} with more options, given as they are, without escapes. */
    static Transmitter open(String name, Map<String, String> options) {
        return WeirRuntime.find(null).openTransmitter(name, options, null);
    }

    /**
     * Puts a frame into the ring: the bytes between position and limit, from the link header on, which stay as they
     * are.
     *
     * @return false when the ring is full: flush, and try again when the kernel has sent some
     * @throws WeirException when the frame is larger than {@link #maxFrameLength()} or empty
     */
    boolean offer(ByteBuffer frame);

    /** As {@link #offer(ByteBuffer)} with the captured bytes of a packet: for relays that send copies. */
    boolean offer(Packet packet);

    /**
     * Has the kernel send what was offered; does not wait for it.
     *
     * @return frames that are still in the ring, not yet sent
     * @throws WeirException when the transmitter is closed
     */
    int flush();

    /** Longest frame that can be sent, in bytes with link header. */
    int maxFrameLength();

    /** Frames that the kernel has taken and sent. */
    long sent();

    /** Frames that the kernel refused (malformed, interface down). */
    long failed();

    /** Sends what is in the ring, waiting for at most a second, and gives the ring back. */
    @Override
    void close();
}
