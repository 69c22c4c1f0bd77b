package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Verdict;

/**
 * What is known of one direction of a TCP connection: where its sequence numbers stand, what is kept, and how it ends.
 * Offsets count from the first byte; sequence numbers are offsets modulo 2³², so that a wrap is nothing special.
 */
final class DirectionStream implements Assembly.Owner {
    /** RFC 7323, 2.3: no window is larger. */
    private static final long MAX_WINDOW_BYTES = 1L << 30;

    /** A segment that the receiver has acknowledged will not come again; it may only have been overtaken. */
    private static final long ACKNOWLEDGED_PATIENCE_NS = 50_000_000;

    private static final long NONE = -1;

    final Direction direction;
    final Assembly assembly;
    private final Conversation conversation;

    private boolean known;
    private boolean fromStart;

    /** A SYN was seen. */
    private boolean opened;

    /** A SYN was seen and nothing after it. */
    private boolean opening;

    /** The other side has said which SYN it answers. */
    private boolean confirmed;

    /** The other side has answered a SYN that was not seen, the number behind which is {@link #otherAnswer}. */
    private boolean answeredOther;

    private int otherAnswer;

    /** The sequence number of offset 0. */
    private int firstSequence;

    /** The latest acknowledgment number of the other side, and since when. */
    private int peerAcknowledgment;

    private long acknowledgedNs;

    /** The latest segment was a RST. */
    private boolean reset;

    /** The offset behind the last byte seen, also of those that were not kept. */
    private long highest;

    /** The offset of the FIN, or {@link #NONE}. */
    private long fin;

    /** {@link StreamEnd#OPEN} while bytes may come. */
    private StreamEnd end;

    private boolean collecting;
    private boolean shown;
    private boolean finTold;

    /** The inspector waits for an answer from elsewhere. */
    boolean waitsOutside;

    /** A datagram was not consumed. */
    boolean datagramWaits;

    // ---- a missing segment
    /** The offset of the byte that is missing, or {@link #NONE}. */
    private long missing;

    private long missingUntilNs;

    /** Bytes behind it that could not be kept. */
    private long refusedBytes;

    // ---- bytes that the inspector had discarded: whoever sends them again gets the same answer
    private long discardedFrom;
    private long discardedTo;
    private Verdict discarding;

    DirectionStream(Direction direction, ReassemblyMemory memory, Conversation conversation) {
        this.direction = direction;
        this.conversation = conversation;
        assembly = new Assembly(memory, 0, this);
    }

    /** Ready for another connection. */
    void begin() {
        assembly.reset(0);
        known = false;
        opened = false;
        opening = false;
        confirmed = false;
        answeredOther = false;
        reset = false;
        fromStart = false;
        highest = 0;
        fin = NONE;
        end = StreamEnd.OPEN;
        collecting = true;
        shown = false;
        finTold = false;
        waitsOutside = false;
        datagramWaits = false;
        missing = NONE;
        refusedBytes = 0;
        discarding = null;
    }

    /** Nothing more is collected and nothing more is shown. */
    void finish() {
        collecting = false;
        missing = NONE;
        if (!waitsOutside) {
            assembly.release();
        }
    }

    @Override
    public void evicted() {
        end = StreamEnd.MEMORY;
        conversation.evicted();
    }

    // ---------------------------------------------------------------------------------------------- what it is like

    Flow flow() {
        return conversation.flow();
    }

    boolean isKnown() {
        return known;
    }

    boolean isFromStart() {
        return fromStart;
    }

    boolean isCollecting() {
        return collecting;
    }

    StreamEnd end() {
        return end;
    }

    void end(StreamEnd end) {
        this.end = end;
    }

    /** True the first time that it is asked. */
    boolean isFirstShow() {
        boolean first = !shown;
        shown = true;
        return first;
    }

    /** True while bytes are kept that the inspector may still want. */
    boolean waits() {
        return collecting && !assembly.isEmpty() || datagramWaits;
    }

    /** True when nothing that comes can change anything. */
    boolean isOver() {
        return !collecting && !waitsOutside && discarding == null;
    }

    /** How a window stands that ends at an offset. */
    StreamEnd endAt(long offset, boolean full) {
        if (end != StreamEnd.OPEN) {
            return end;
        }
        if (fin == offset) {
            finTold = true;
            return StreamEnd.FINISHED;
        }
        return full ? StreamEnd.LIMIT : StreamEnd.OPEN;
    }

    /** True when the FIN is next and the inspector does not know. */
    boolean hasUntoldFin() {
        return !finTold && fin == assembly.next();
    }

    // ---------------------------------------------------------------------------------------------- sequence numbers

    /** The offset of a sequence number, within 2³¹ of what is expected. */
    long offsetOf(int sequence) {
        long expected = collecting ? assembly.next() : highest;
        return expected + (sequence - (firstSequence + (int) expected));
    }

    /** Begins at a sequence number. */
    void start(int sequence, boolean fromStart) {
        known = true;
        this.fromStart = fromStart;
        firstSequence = sequence;
        peerAcknowledgment = sequence;
        highest = 0;
        assembly.reset(0);
    }

    /** A SYN that answers none; false when it contradicts what is known. */
    boolean open(int sequence) {
        boolean possible = synchronize(sequence);
        opened |= possible;
        opening |= possible;
        return possible;
    }

    /** True when this side has opened the connection, and not shown yet that it was answered. */
    boolean isOpening() {
        return opening;
    }

    /** A SYN says where the bytes begin; false when it contradicts what is known. */
    boolean synchronize(int sequence) {
        if (known && sequence == firstSequence) {
            fromStart = true;
            return true;
        }
        if (known && (confirmed || shown || !assembly.isEmpty())) {
            return false;
        }
        start(sequence, true);
        return true;
    }

    /**
     * The other side has answered a SYN and says where this one's bytes begin, or how far it took those in the SYN
     * (RFC 7413). False when that is not the SYN that was seen: the answer may be forged, or the SYN.
     */
    boolean answered(int acknowledgment) {
        boolean fits = isWithin(acknowledgment);
        if (!fits && collecting && !shown && !confirmed) {
            if (opened) {
                answeredOther = true;
                otherAnswer = acknowledgment;
                return false;
            }
            start(acknowledgment, true);
            fits = true;
        }
        confirmed |= fits;
        return fits;
    }

    /**
     * This side goes on after its SYN, and so says which number is its own when the answer named another one: that which
     * lies closer before what it says now.
     */
    void settle(int sequence) {
        opening = false;
        if (answeredOther && !confirmed && !shown && assembly.isEmpty()) {
            if (Integer.compareUnsigned(sequence - otherAnswer, sequence - firstSequence) < 0) {
                start(otherAnswer, true);
            }
            confirmed = true;
        }
    }

    /** Takes note of a segment that can be of this connection. */
    void said(boolean reset) {
        this.reset = reset;
    }

    /** True when a RST was the last that was said here. */
    boolean isReset() {
        return reset;
    }

    private boolean isWithin(int acknowledgment) {
        return known && offsetOf(acknowledgment) >= 0 && offsetOf(acknowledgment) <= highest;
    }

    /** The other side has said how far it has read; if that is not beyond what was sent, it has taken this SYN. */
    void acknowledged(int acknowledgment, long nowNs) {
        if (acknowledgment != peerAcknowledgment) {
            peerAcknowledgment = acknowledgment;
            acknowledgedNs = nowNs;
        }
        confirmed |= isWithin(acknowledgment);
        shortenPatience();
    }

    private void shortenPatience() {
        long acknowledged = offsetOf(peerAcknowledgment);
        if (missing != NONE && acknowledged > missing && acknowledged <= highest) {
            missingUntilNs = Math.min(missingUntilNs, acknowledgedNs + ACKNOWLEDGED_PATIENCE_NS);
        }
    }

    /** Takes note how far the sender has come; false for what no window reaches. */
    boolean reached(long offset) {
        if (offset - highest > MAX_WINDOW_BYTES) {
            return false;
        }
        highest = Math.max(highest, offset);
        return true;
    }

    /** A FIN stands at an offset; false for one that cannot be. The first one counts. */
    boolean fin(long offset) {
        if (fin == NONE && offset >= highest && offset - assembly.next() <= MAX_WINDOW_BYTES) {
            fin = offset;
        }
        return fin == offset;
    }

    /** The offset where the bytes end, if that is known: what comes behind is none of them. */
    long finOr(long otherwise) {
        return fin == NONE ? otherwise : fin;
    }

    /**
     * True when a RST with this number may end the connection: RFC 5961, 3.2 asks for the very next number that the receiver
     * expects. What that is nobody but the receiver knows: what it has acknowledged last, or a number between what is
     * there and what was sent.
     */
    boolean isExpected(int sequence) {
        long offset = offsetOf(sequence);
        long sent = fin == NONE ? highest : Math.max(highest, fin + 1); // RFC 9293, 3.4: the FIN takes a number
        return known && (sequence == peerAcknowledgment || offset >= assembly.next() && offset <= sent);
    }

    // ---------------------------------------------------------------------------------------------- missing segments

    /** Bytes came that cannot be kept. */
    void refused(long bytes) {
        refusedBytes += bytes;
    }

    /** Looks whether a segment is missing now, and since when. */
    void lookForGap(long nowNs, long timeoutNs) {
        long next = assembly.next();
        if (missing != NONE && missing != next) {
            missing = NONE;
            refusedBytes = 0;
        }
        if (missing == NONE && collecting && (assembly.hasHole() || refusedBytes > 0)) {
            missing = next;
            missingUntilNs = nowNs + timeoutNs;
            shortenPatience();
        }
    }

    /** True when a missing segment has been waited for long enough, by time or by bytes. */
    boolean isGapDue(long nowNs, int limitBytes) {
        return missing != NONE && (nowNs - missingUntilNs >= 0 || refusedBytes >= limitBytes);
    }

    // ---------------------------------------------------------------------------------------------- discarded bytes

    /** The inspector discards the bytes from an offset on, as far as they have come. */
    void discard(long from, long to, Verdict verdict) {
        discardedFrom = discarding == null ? from : Math.min(from, discardedFrom);
        discardedTo = Math.max(to, highest);
        discarding = verdict;
    }

    /** The verdict for bytes that were discarded before, or null. */
    Verdict discarding(long from, long to) {
        return discarding != null && from < discardedTo && to > discardedFrom ? discarding : null;
    }
}
