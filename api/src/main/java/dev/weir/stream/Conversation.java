package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.packet.Headers;

/**
 * Both directions of a flow, and what becomes of its packets. Kept in the flow, on whose thread everything happens; used
 * again for another flow when that one has ended.
 *
 * <p><b>What is held.</b> The engine lets everything go that waits in a flow as soon as one packet of it is not held: so
 * when a packet is held, all that follow are, whichever way they go, until there is an opinion. No packet is the first to
 * be held that brings no bytes to wait for: handshakes and acknowledgments pass, and so does a SYN with data. A sender
 * that sends again what is held is waiting for an answer that cannot come: then everything is let go, and what follows
 * passes while it is collected.
 */
final class Conversation {
    /** In the flow instead of a conversation that needs nothing more. */
    static final Conversation OVER = new Conversation();

    private final StreamWorker worker;
    private final DirectionStream forward;
    private final DirectionStream reverse;
    private Flow flow;

    /** True while packets of this flow are held because of what we said. */
    private boolean holding;

    /** True when holding has brought the sender to a standstill. */
    private boolean stalled;

    private Conversation() {
        worker = null;
        forward = null;
        reverse = null;
    }

    Conversation(StreamWorker worker) {
        this.worker = worker;
        forward = new DirectionStream(Direction.FORWARD, worker.memory, this);
        reverse = new DirectionStream(Direction.REVERSE, worker.memory, this);
    }

    Flow flow() {
        return flow;
    }

    /** Ready for a flow. */
    Conversation begin(Flow flow) {
        this.flow = flow;
        holding = false;
        stalled = false;
        forward.begin();
        reverse.begin();
        return this;
    }

    /** The flow is done with it. */
    void release() {
        if (worker != null) {
            forward.assembly.release();
            reverse.assembly.release();
            flow = null;
            worker.give(this);
        }
    }

    /** The flow ends: shows what is left. */
    void abandon() {
        StreamEnd end = forward.isReset() || reverse.isReset() ? StreamEnd.RESET : StreamEnd.ABANDONED;
        worker.questions.abandon(forward, end);
        worker.questions.abandon(reverse, end);
    }

    /** The memory of a direction was taken away. What is held for its sake is asked about again. */
    void evicted() {
        worker.counters.add(Counter.EVICTIONS);
        if (holding) {
            flow.resumption().reconsider();
        }
    }

    boolean isOver() {
        return forward.isOver() && reverse.isOver() && !holding;
    }

    private DirectionStream of(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    /** A datagram; one that is not of this flow alone is judged, and changes nothing. */
    Verdict datagram(Packet packet, boolean ofThisFlow) {
        Headers headers = packet.headers();
        DirectionStream stream = of(packet.direction());
        int at = headers.payloadOffset();
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - at);
        if (!stream.isCollecting() && !stream.waitsOutside || length <= 0) {
            return settle(Verdict.CONTINUE, stream, false);
        }
        Verdict verdict = worker.questions.askDatagram(stream, at, length, ofThisFlow, packet);
        return settle(verdict, stream, true);
    }

    /** A TCP segment. */
    Verdict segment(Packet packet) {
        SegmentReader reader = worker.reader;
        DirectionStream stream = of(packet.direction());
        Verdict verdict = reader.read(stream, of(packet.direction().opposite()), packet);
        if (holding && packet.isHeld() && reader.toldNothingNew() && !verdict.decides()) {
            Verdict again =
                    Opinions.stronger(worker.questions.again(forward, packet), worker.questions.again(reverse, packet));
            verdict = Opinions.stronger(verdict, again);
        }
        if (reader.wasRepetition() && holding && !stalled && stream.waits()) {
            stalled = true;
            worker.counters.add(Counter.STALLS);
        }
        stalled |= reader.wasReset();
        return settle(verdict, stream, reader.broughtBytes());
    }

    /** Neither bytes nor an opinion: for packets that must not set free what is held. */
    Verdict meanwhile() {
        return holding ? Verdict.HOLD : Verdict.CONTINUE;
    }

    /**
     * The verdict of a packet.
     *
     * @param mayWait true for a packet whose bytes may be what is waited for
     */
    private Verdict settle(Verdict verdict, DirectionStream stream, boolean mayWait) {
        if (verdict.decides()) {
            forward.waitsOutside = false;
            reverse.waitsOutside = false;
            holding = false;
            return verdict;
        }
        boolean waits = forward.waits() || reverse.waits();
        stalled &= waits;
        boolean collects = worker.options.mode() == StreamMode.HOLD && waits && !stalled;
        holding = forward.waitsOutside || reverse.waitsOutside || collects && (holding || mayWait && stream.waits());
        return holding ? Verdict.HOLD : Verdict.CONTINUE;
    }
}
