package dev.weir.packet.quic;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts the handshake bytes of CRYPTO frames in order, whatever order they come in, up to a bound. Where two frames say
 * different things about the same byte, the first wins. Costs one buffer that grows to what is sent and a bit for each
 * byte; adding a frame costs its length. One thread at a time.
 */
public final class QuicCryptoStream {
    private static final int FIRST_CAPACITY = 2048; // most hellos
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final long[] NONE_PRESENT = {};

    private final int limitBytes;
    private final Bytes contiguous = new Bytes();
    private ByteBuffer bytes = NOTHING;
    private long[] present = NONE_PRESENT;
    private int contiguousLength;

    /** A stream of which at most so many bytes are kept. */
    public QuicCryptoStream(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Forgets all and gives the memory back. */
    public void clear() {
        bytes = NOTHING;
        present = NONE_PRESENT;
        contiguousLength = 0;
    }

    /**
     * Adds a frame's data.
     *
     * @return false when they lie behind the bound; nothing is added then
     */
    public boolean add(Bytes payload, QuicCryptoFrames frame) {
        return add(frame.streamOffset(), payload, frame.dataOffset(), frame.dataLength());
    }

    boolean add(long streamOffset, Bytes source, int offset, int length) {
        if (streamOffset > limitBytes - length) {
            return false;
        }
        int start = (int) streamOffset;
        reserve(start + length);
        for (int i = 0; i < length; i++) {
            int at = start + i;
            long bit = 1L << at;
            if ((present[at >>> 6] & bit) == 0) {
                present[at >>> 6] |= bit;
                bytes.put(at, (byte) source.u8(offset + i));
            }
        }
        while (contiguousLength < bytes.capacity() && isPresent(contiguousLength)) {
            contiguousLength++;
        }
        return true;
    }

    private boolean isPresent(int at) {
        return (present[at >>> 6] & 1L << at) != 0;
    }

    private void reserve(int length) {
        if (bytes.capacity() < length) {
            int capacity = Math.min(limitBytes, Math.max(FIRST_CAPACITY, Math.max(length, 2 * bytes.capacity())));
            bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), capacity));
            present = Arrays.copyOf(present, (capacity + 63) >>> 6);
        }
    }

    /** Bytes of memory that the stream has taken. */
    public int memoryBytes() {
        return bytes.capacity() + present.length * Long.BYTES;
    }

    /** What is there from the beginning of the stream on without a hole; valid until something is added. */
    public Bytes bytes() {
        return contiguous.wrap(bytes, 0, contiguousLength);
    }
}
