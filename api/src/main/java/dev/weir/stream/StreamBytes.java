package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.packet.Bytes;

/**
 * One direction of a conversation as an inspector sees it: the bytes that are there without a hole and have not been
 * consumed. The object and its window are valid during the call only; the next call has the same bytes again, those
 * consumed left out, and the new ones behind them.
 */
public interface StreamBytes {
    /** Which way the bytes travel. */
    Direction direction();

    /**
     * All that is collected and not consumed, as one window. Bytes that came in order within one packet are read in the
     * packet, without a copy. Of a datagram, its payload.
     */
    Bytes bytes();

    /**
     * How many bytes of this direction came before {@link #bytes()}. Counts from the byte behind the SYN, or, where no
     * SYN was seen, from the first byte seen ({@link #fromStart()}).
     */
    long offset();

    /**
     * Whether more may come. Anything but {@link StreamEnd#OPEN} is said once, in the last call for this direction, with
     * two exceptions: at {@link StreamEnd#LIMIT} consuming makes room for more, and {@link StreamEnd#GAP} can be skipped.
     */
    StreamEnd end();

    /** True when offset 0 is known to be the first byte of the stream; always true for datagrams. */
    boolean fromStart();

    /**
     * True when {@link #bytes()} is the payload of one whole datagram instead of a part of a stream; see
     * {@link StreamOptions#datagrams()}.
     */
    boolean isDatagram();

    /**
     * Done with the first bytes of the window: they are not shown again, and their room is free for others. What is
     * left of a datagram is not shown again either; consuming it says that nothing needs to wait for its sake.
     *
     * @throws IndexOutOfBoundsException for more bytes than there are
     */
    void consume(int lengthBytes);

    /** Nothing more of this direction is wanted: it is no longer collected and no longer shown. Nearly free from then on. */
    void enough();

    /**
     * At {@link StreamEnd#GAP}: go on behind the missing bytes instead of ending. What was not consumed before them is
     * gone; the next call follows at once, with an {@link #offset()} that tells how many are missing. Without anything
     * behind the gap the stream ends all the same.
     */
    default void skipGap() {}
}
