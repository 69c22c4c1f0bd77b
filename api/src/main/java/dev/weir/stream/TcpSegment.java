package dev.weir.stream;

import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;

/** What reassembly reads of one TCP segment; filled again for each. */
final class TcpSegment {
    // RFC 9293, 3.1
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGMENT_OFFSET = 8;

    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int ACK = 0x10;

    /** The sequence number of the first byte of data. */
    int sequence;

    int acknowledgment;
    int flags;

    /** The packet, and where in it the data stands. */
    Bytes bytes;

    int dataOffset;

    /** Bytes of data that were captured. */
    int dataLength;

    /** Bytes of data that the segment had. */
    int wireLength;

    /** Reads a packet whose TCP header is complete. */
    void read(Bytes packet, Headers headers) {
        bytes = packet;
        int at = headers.transportOffset();
        flags = headers.tcpFlags();
        // RFC 9293, 3.4: the SYN takes the number before the first byte.
        sequence = packet.i32(at + SEQUENCE_OFFSET) + (isSyn() ? 1 : 0);
        acknowledgment = packet.i32(at + ACKNOWLEDGMENT_OFFSET);
        dataOffset = headers.payloadOffset();
        wireLength = headers.payloadLength();
        dataLength = Math.max(0, Math.min(wireLength, packet.length() - dataOffset));
    }

    /** RFC 9293, 3.10.7: with a RST beside it, a SYN is not looked at. */
    boolean isSyn() {
        return (flags & (SYN | RST)) == SYN;
    }

    boolean isFin() {
        return (flags & FIN) != 0;
    }

    boolean isRst() {
        return (flags & RST) != 0;
    }

    boolean isAck() {
        return (flags & ACK) != 0;
    }
}
