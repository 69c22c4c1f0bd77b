package dev.weir.engine;

import dev.weir.spi.Slot;

/**
 * A connection that begins on the ports of one that was reset, until the other side has answered its SYN.
 *
 * <p>A RST ends a connection only where its addressee gets it and takes it: it may live too few hops, or have a wrong
 * number (RFC 5961, 3). Who sends such a one, and then a SYN, would have a filter forget what it knows of a connection
 * that goes on. So the SYN is a flow of its own, judged as any other, but all other packets stay with the old one, and
 * its verdict, until the other side opens the new connection or refuses it. One that goes on answers a SYN with an ACK
 * for itself (RFC 5961, 4).
 */
final class Reopening {
    // RFC 9293, 3.1
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGMENT_OFFSET = 8;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int ACK = 0x10;

    /** All SYNs on these ports, until one is answered. */
    final FlowEntry flow;

    private boolean fromHigh;
    private int sequence;
    private int dataBytes;

    Reopening(FlowEntry flow) {
        this.flow = flow;
    }

    /** A SYN: the one to be answered is the latest. */
    void opens(Tuple tuple, Slot slot) {
        fromHigh = tuple.fromHigh;
        sequence = slot.bytes().i32(slot.headers().transportOffset() + SEQUENCE_OFFSET);
        dataBytes = slot.headers().payloadLength(); // RFC 7413: may be acknowledged with the SYN, or not
    }

    /** True for the answer of the other side: its own SYN, or its refusal. */
    boolean isAnsweredBy(Tuple tuple, Slot slot, int flags) {
        if (tuple.fromHigh == fromHigh || (flags & ACK) == 0 || (flags & (SYN | RST)) == 0) {
            return false;
        }
        int taken = slot.bytes().i32(slot.headers().transportOffset() + ACKNOWLEDGMENT_OFFSET) - sequence;
        return taken >= 1 && taken <= 1 + dataBytes;
    }
}
