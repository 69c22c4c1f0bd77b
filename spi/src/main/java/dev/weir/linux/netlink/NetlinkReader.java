package dev.weir.linux.netlink;

import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Walks the messages of a datagram. Made once, wrapped around one datagram after the other; allocates nothing.
 *
 * <p>A length that is smaller than a header or larger than what is left ends the walk and sets {@link #isMalformed()};
 * so every step moves on by at least a header, and nothing outside the datagram is read.
 */
public final class NetlinkReader {
    private ByteBuffer bytes;
    private int message;
    private int length;
    private int next;
    private int end;
    private boolean malformed;

    /** Wraps nothing yet. */
    public NetlinkReader() {}

    /** @param bytes in the machine's byte order; looked at by index */
    public NetlinkReader wrap(ByteBuffer bytes, int offset, int lengthBytes) {
        this.bytes = bytes;
        this.end = Objects.checkFromIndexSize(offset, lengthBytes, bytes.capacity()) + lengthBytes;
        this.next = offset;
        this.length = 0;
        this.malformed = false;
        return this;
    }

    /** Steps to the next message; false at the end. */
    public boolean next() {
        int left = end - next;
        if (left <= 0) {
            return false;
        }
        int claimed = left < NlMsgHdr.BYTES ? 0 : bytes.getInt(next + NlMsgHdr.LEN);
        if (claimed < NlMsgHdr.BYTES || claimed > left) {
            malformed = true;
            next = end;
            return false;
        }
        message = next;
        length = claimed;
        // Alignment can point past the end of the last message, never past the largest int: the end is an index.
        next = (int) Math.min(end, (long) message + Netlink.align(length));
        return true;
    }

    /** The walk ended early, at a length that cannot be. */
    public boolean isMalformed() {
        return malformed;
    }

    public int type() {
        return Short.toUnsignedInt(bytes.getShort(message + NlMsgHdr.TYPE));
    }

    public int flags() {
        return Short.toUnsignedInt(bytes.getShort(message + NlMsgHdr.FLAGS));
    }

    public int sequence() {
        return bytes.getInt(message + NlMsgHdr.SEQ);
    }

    public int portId() {
        return bytes.getInt(message + NlMsgHdr.PID);
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where the payload starts in {@link #bytes()}. */
    public int payload() {
        return message + NlMsgHdr.BYTES;
    }

    public int payloadBytes() {
        return length - NlMsgHdr.BYTES;
    }

    /**
     * Wraps the attributes behind the fixed part of the payload; there are none when the payload is shorter than that.
     * Check {@link #payloadBytes()} before the fixed part itself is read.
     */
    public NetlinkAttributes attributes(NetlinkAttributes attributes, int fixedBytes) {
        int skipped = Math.min(Netlink.align(fixedBytes), payloadBytes());
        return attributes.wrap(bytes, payload() + skipped, payloadBytes() - skipped);
    }
}
