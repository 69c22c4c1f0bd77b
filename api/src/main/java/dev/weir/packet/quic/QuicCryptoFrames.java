package dev.weir.packet.quic;

import dev.weir.packet.Bytes;

/**
 * Walks over the frames of an Initial packet and stops at each CRYPTO frame (RFC 9000, 19.6). The other frames that such a
 * packet may have (PADDING, PING, ACK, CONNECTION_CLOSE; 17.2.2) are passed over; at any other the walk ends, and so it
 * does where a frame is cut off. Every frame takes a byte at least, so the walk ends with the packet. Reused, by one
 * thread at a time; allocates nothing.
 */
public final class QuicCryptoFrames {
    private static final int PADDING = 0x00;
    private static final int PING = 0x01;
    private static final int ACK = 0x02;
    private static final int ACK_WITH_ECN = 0x03;
    private static final int CRYPTO = 0x06;

    private static final int ACK_FIELDS = 4; // largest, delay, count of ranges, first range (19.3)
    private static final int ACK_COUNT_FIELD = 2;

    private final Bytes frames = new Bytes();
    private int at;
    private long value;
    private long streamOffset;
    private int dataOffset;
    private int dataLength;

    /** A walk over nothing, to be wrapped. */
    public QuicCryptoFrames() {}

    /** Begins a walk over the payload of a packet. */
    public QuicCryptoFrames wrap(Bytes payload) {
        frames.wrap(payload, 0, payload.length());
        at = 0;
        return this;
    }

    /** Goes to the next CRYPTO frame; false when there is none. */
    public boolean next() {
        while (at < frames.length()) {
            int type = frames.u8(at++);
            switch (type) {
                case PADDING, PING -> {
                    // one byte each
                }
                case ACK, ACK_WITH_ECN -> {
                    if (!acknowledgement(type == ACK_WITH_ECN)) {
                        return false;
                    }
                }
                case CRYPTO -> {
                    return crypto();
                }
                default -> {
                    return false; // the connection is closed, or this is not allowed here
                }
            }
        }
        return false;
    }

    private boolean crypto() {
        if (!varint()) {
            return false;
        }
        streamOffset = value;
        if (!varint() || value > frames.length() - at) {
            return false;
        }
        dataOffset = at;
        dataLength = (int) value;
        at += dataLength;
        return true;
    }

    /** A range takes two bytes at least, so however many are claimed, the walk ends with the packet. */
    private boolean acknowledgement(boolean ecn) {
        long ranges = 0;
        for (int i = 0; i < ACK_FIELDS; i++) {
            if (!varint()) {
                return false;
            }
            ranges = i == ACK_COUNT_FIELD ? value : ranges;
        }
        for (long i = 0; i < ranges; i++) {
            if (!varint() || !varint()) {
                return false;
            }
        }
        return !ecn || varint() && varint() && varint();
    }

    private boolean varint() {
        value = QuicVarints.read(frames, at, frames.length());
        if (value < 0) {
            at = frames.length();
            return false;
        }
        at += QuicVarints.lengthBytes(frames.u8(at));
        return true;
    }

    /** Where the frame's data stand in the stream of handshake bytes. */
    public long streamOffset() {
        return streamOffset;
    }

    /** Where the frame's data begin within the payload. */
    public int dataOffset() {
        return dataOffset;
    }

    /** Bytes of data. */
    public int dataLength() {
        return dataLength;
    }
}
