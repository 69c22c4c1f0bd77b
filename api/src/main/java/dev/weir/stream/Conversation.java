package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.util.Objects;

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

    /** True when the packet told nothing that was not known. */
    private boolean nothingNew;

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

    StreamWorker worker() {
        return worker;
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
        abandon(forward);
        abandon(reverse);
    }

    private void abandon(DirectionStream stream) {
        if (stream.isCollecting() && stream.assembly.contiguous() > 0) {
            worker.inspector.abandoned(worker.view.kept(stream, StreamEnd.ABANDONED), flow);
        }
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

    // ---------------------------------------------------------------------------------------------- datagrams

    /** A datagram. */
    Verdict datagram(Packet packet, boolean ofThisFlow) {
        Headers headers = packet.headers();
        DirectionStream stream = of(packet.direction());
        int at = headers.payloadOffset();
        int length = Math.min(headers.payloadLength(), packet.capturedLength() - at);
        if (!stream.isCollecting() || length <= 0) {
            return settle(Verdict.CONTINUE, stream, false);
        }
        count(stream);
        StreamView view = worker.view.datagram(stream, packet.bytes(), at, length);
        Verdict verdict = worker.inspector.inspect(view, packet, flow);
        Objects.requireNonNull(verdict, "the inspector returned no verdict");
        stream.assembly.consume(length);
        stream.waitsOutside = verdict.kind() == Kind.HOLD;
        stream.datagramWaits = verdict.kind() == Kind.CONTINUE && !view.saidEnough() && view.consumedBytes() < length;
        if (view.saidEnough() && ofThisFlow) {
            stream.finish();
        }
        return settle(verdict, stream, true);
    }

    // ---------------------------------------------------------------------------------------------- segments

    /** A TCP segment. */
    Verdict segment(Packet packet) {
        TcpSegment segment = worker.segment;
        segment.read(packet.bytes(), packet.headers());
        DirectionStream stream = of(packet.direction());
        DirectionStream peer = of(packet.direction().opposite());
        long nowNs = packet.timestampNs();
        nothingNew = true;
        Verdict verdict = Verdict.CONTINUE;
        if (segment.isSyn() && !stream.synchronize(segment.sequence)) {
            worker.counters.add(Counter.OUTSIDE);
        } else {
            if (segment.isAck()) {
                acknowledge(peer, segment, nowNs);
            }
            if (segment.isRst()) {
                verdict = reset(stream, peer, segment, packet);
            } else if (segment.wireLength > 0 || segment.isFin()) {
                verdict = bytes(stream, segment, packet);
                stream.lookForGap(nowNs, worker.gapTimeoutNs);
            }
        }
        verdict = stronger(verdict, overdue(stream, packet, nowNs));
        verdict = stronger(verdict, overdue(peer, packet, nowNs));
        if (nothingNew && holding && packet.isHeld() && !verdict.decides()) {
            verdict = stronger(verdict, stronger(again(forward, packet), again(reverse, packet)));
        }
        return settle(verdict, stream, segment.wireLength > 0 && !segment.isSyn());
    }

    private static void acknowledge(DirectionStream peer, TcpSegment segment, long nowNs) {
        if (segment.isSyn()) {
            peer.confirm(segment.acknowledgment);
        }
        if (peer.isKnown()) {
            peer.acknowledged(segment.acknowledgment, nowNs);
        }
    }

    private Verdict bytes(DirectionStream stream, TcpSegment segment, Packet packet) {
        if (!stream.isKnown()) {
            if (!worker.options.midstream()) {
                forward.finish();
                reverse.finish();
                return Verdict.CONTINUE;
            }
            stream.start(segment.sequence, false);
        }
        long from = stream.offsetOf(segment.sequence);
        long to = from + segment.dataLength;
        Verdict discarding = stream.discarding(from, from + Math.max(1, segment.wireLength));
        if (discarding != null) {
            return discarding;
        }
        if (!stream.isCollecting() || stream.end() != StreamEnd.OPEN) {
            stream.reached(from + segment.wireLength);
            return Verdict.CONTINUE;
        }
        if (segment.isFin() && !stream.fin(from + segment.wireLength) || to > stream.finOr(to)) {
            worker.counters.add(Counter.OUTSIDE);
        }
        to = Math.min(to, stream.finOr(to));
        long next = stream.assembly.next();
        if (to > next) {
            return from > next ? early(stream, segment, packet, from, to) : inOrder(stream, segment, packet, from, to);
        }
        Verdict verdict = segment.dataLength > 0 ? known(stream, segment, packet, from) : Verdict.CONTINUE;
        if (stream.hasUntoldFin()) {
            nothingNew = false;
            verdict = stronger(verdict, ask(stream, packet));
        }
        return verdict;
    }

    /** Bytes that were there already. */
    private Verdict known(DirectionStream stream, TcpSegment segment, Packet packet, long from) {
        boolean probe = segment.dataLength == 1 && from == stream.assembly.next() - 1; // RFC 9293, 3.8.4: keep-alive
        if (probe || packet.isHeld()) {
            return Verdict.CONTINUE;
        }
        worker.counters.add(Counter.RETRANSMITTED);
        stall(stream);
        return conflict(stream, segment, packet, from, segment.dataLength);
    }

    /** The sender repeats itself: what is held has brought it to a standstill. */
    private void stall(DirectionStream stream) {
        if (holding && !stalled && stream.waits()) {
            stalled = true;
            worker.counters.add(Counter.STALLS);
        }
    }

    private Verdict conflict(DirectionStream stream, TcpSegment segment, Packet packet, long from, int lengthBytes) {
        return stream.assembly.conflicts(from, segment.bytes, segment.dataOffset, lengthBytes)
                ? conflict(stream, packet)
                : Verdict.CONTINUE;
    }

    private Verdict conflict(DirectionStream stream, Packet packet) {
        worker.counters.add(Counter.CONFLICTS);
        long offset = stream.assembly.conflictOffset();
        int length = stream.assembly.conflictBytes();
        return worker.inspector.conflict(worker.view.kept(stream, stream.end()), offset, length, packet, flow);
    }

    /** Bytes behind one that is missing. */
    private Verdict early(DirectionStream stream, TcpSegment segment, Packet packet, long from, long to) {
        long limit = stream.assembly.base() + worker.options.bytesPerDirection();
        long kept = Math.min(to, limit);
        if (kept < to) {
            stream.refused(to - Math.max(from, kept));
        }
        int result = from >= kept
                ? Assembly.REFUSED
                : stream.assembly.put(from, segment.bytes, segment.dataOffset, (int) (kept - from));
        switch (result & ~Assembly.CONFLICT) {
            case Assembly.REFUSED -> {
                worker.counters.add(Counter.REFUSED);
                if (from < kept) {
                    stream.refused(kept - from);
                }
                nothingNew = false;
            }
            case Assembly.NO_MEMORY -> {
                return noMemory(stream, packet);
            }
            case Assembly.NEW -> {
                worker.counters.add(Counter.OUT_OF_ORDER);
                stream.reached(kept);
                nothingNew = false;
            }
            default -> {
                if (!packet.isHeld()) {
                    worker.counters.add(Counter.RETRANSMITTED);
                    stall(stream);
                }
            }
        }
        return (result & Assembly.CONFLICT) != 0 ? conflict(stream, packet) : Verdict.CONTINUE;
    }

    /** The bytes that come next. Every round of the loop adds some, or has some consumed, or ends the stream. */
    private Verdict inOrder(DirectionStream stream, TcpSegment segment, Packet packet, long from, long to) {
        Assembly assembly = stream.assembly;
        int limit = worker.options.bytesPerDirection();
        nothingNew = false;
        stream.reached(to);
        Verdict verdict = from < assembly.next()
                ? conflict(stream, segment, packet, from, (int) (assembly.next() - from))
                : Verdict.CONTINUE;
        if (discards(verdict)) {
            return verdict; // the new bytes in it are discarded with it, and will come again
        }
        while (stream.isCollecting() && assembly.next() < to && verdict.scope() == Verdict.Scope.PACKET) {
            int at = segment.dataOffset + (int) (assembly.next() - from);
            int left = (int) (to - assembly.next());
            if (assembly.isEmpty()) {
                verdict = stronger(verdict, askInPlace(stream, segment.bytes, at, left, packet));
                continue;
            }
            int taken = Math.min(left, limit - assembly.contiguous());
            if (taken == 0 && stream.waitsOutside) {
                break;
            }
            int result = taken == 0 ? 0 : assembly.put(assembly.next(), segment.bytes, at, taken);
            if (result == Assembly.NO_MEMORY) {
                return stronger(verdict, noMemory(stream, packet));
            }
            verdict = stronger(verdict, ask(stream, packet));
        }
        return verdict;
    }

    /** Shows the rest of a segment where it is, and keeps what the inspector did not consume of it. */
    private Verdict askInPlace(DirectionStream stream, Bytes bytes, int at, int length, Packet packet) {
        int limit = worker.options.bytesPerDirection();
        StreamEnd end = stream.endAt(stream.assembly.base() + length, length >= limit);
        Verdict verdict = ask(stream, worker.view.inPlace(stream, end, bytes, at, length), length, packet);
        int consumed = worker.view.consumedBytes();
        int left = length - consumed;
        boolean shownAgain = left > limit && consumed > 0 && !stream.waitsOutside;
        if (left > 0 && !shownAgain && (stream.isCollecting() || stream.waitsOutside)) {
            int result = stream.assembly.put(stream.assembly.base(), bytes, at + consumed, Math.min(left, limit));
            if (result == Assembly.NO_MEMORY) {
                return stronger(verdict, noMemory(stream, packet));
            }
        }
        return verdict;
    }

    // ---------------------------------------------------------------------------------------------- ends

    /** RFC 9293, 3.10.7: a RST that the receiver believes ends both directions. */
    private Verdict reset(DirectionStream stream, DirectionStream peer, TcpSegment segment, Packet packet) {
        boolean refusal = segment.isAck() && !stream.isKnown() && peer.isNext(segment.acknowledgment);
        if (!refusal && !stream.isNext(segment.sequence)) {
            worker.counters.add(Counter.OUTSIDE);
            return Verdict.CONTINUE;
        }
        nothingNew = false;
        return stronger(end(stream, StreamEnd.RESET, packet), end(peer, StreamEnd.RESET, packet));
    }

    private Verdict end(DirectionStream stream, StreamEnd end, Packet packet) {
        if (!stream.isCollecting() || !stream.isKnown()) {
            stream.finish();
            return Verdict.CONTINUE;
        }
        stream.end(end);
        return ask(stream, packet);
    }

    private Verdict noMemory(DirectionStream stream, Packet packet) {
        worker.counters.add(Counter.EVICTIONS);
        return end(stream, StreamEnd.MEMORY, packet);
    }

    /** What became due without a packet of its own: lost memory, and segments that do not come. */
    private Verdict overdue(DirectionStream stream, Packet packet, long nowNs) {
        if (!stream.isCollecting()) {
            return Verdict.CONTINUE;
        }
        if (stream.end() == StreamEnd.MEMORY && !stream.waitsOutside) {
            return ask(stream, packet);
        }
        if (stream.end() != StreamEnd.OPEN || !stream.isGapDue(nowNs, worker.options.bytesPerDirection())) {
            return Verdict.CONTINUE;
        }
        worker.counters.add(Counter.GAPS);
        stream.end(StreamEnd.GAP);
        Verdict verdict = ask(stream, packet);
        if (stream.isCollecting() && !stream.waitsOutside) { // it skips the gap
            verdict = stronger(verdict, ask(stream, packet));
            stream.lookForGap(nowNs, worker.gapTimeoutNs);
        }
        return verdict;
    }

    // ---------------------------------------------------------------------------------------------- asking

    /** Asks again about what is there, when the inspector was going to decide later. */
    private Verdict again(DirectionStream stream, Packet packet) {
        return stream.waitsOutside || stream.waits() ? ask(stream, packet) : Verdict.CONTINUE;
    }

    /** Asks about all that is kept. */
    private Verdict ask(DirectionStream stream, Packet packet) {
        Assembly assembly = stream.assembly;
        int length = assembly.contiguous();
        StreamEnd end = stream.endAt(assembly.next(), length >= worker.options.bytesPerDirection());
        return ask(stream, worker.view.kept(stream, end), length, packet);
    }

    private Verdict ask(DirectionStream stream, StreamView view, int length, Packet packet) {
        count(stream);
        Verdict verdict = null;
        try {
            verdict = worker.inspector.inspect(view, packet, flow);
        } finally {
            if (verdict == null) { // it threw, or should have: it is not asked again about this direction
                stream.waitsOutside = false;
                stream.finish();
            }
        }
        Objects.requireNonNull(verdict, "the inspector returned no verdict");
        long from = stream.assembly.base();
        stream.assembly.consume(view.consumedBytes());
        stream.waitsOutside = verdict.kind() == Kind.HOLD;
        if (discards(verdict)) {
            stream.discard(from, from + length, verdict);
        }
        StreamEnd end = view.end();
        boolean skips = end == StreamEnd.GAP && view.skipsGap() && stream.assembly.hasHole();
        if (skips && !view.saidEnough()) {
            stream.end(StreamEnd.OPEN);
            stream.assembly.skipHole();
        } else if (view.saidEnough() || verdict.kind() != Kind.HOLD && isLast(end, view.consumedBytes())) {
            if (end == StreamEnd.LIMIT) {
                worker.counters.add(Counter.LIMITS);
            }
            stream.finish();
        }
        return verdict;
    }

    private static boolean isLast(StreamEnd end, int consumedBytes) {
        return end != StreamEnd.OPEN && !(end == StreamEnd.LIMIT && consumedBytes > 0);
    }

    private void count(DirectionStream stream) {
        if (stream.isFirstShow()) {
            worker.counters.add(Counter.STREAMS);
        }
    }

    private static boolean discards(Verdict verdict) {
        return verdict.kind() == Kind.DROP || verdict.kind() == Kind.REJECT;
    }

    /** Of two opinions about one packet the one that counts: discard before other decisions before waiting. */
    private static Verdict stronger(Verdict one, Verdict other) {
        return strength(other) > strength(one) ? other : one;
    }

    private static int strength(Verdict verdict) {
        return switch (verdict.kind()) {
            case CONTINUE -> 0;
            case HOLD -> 1;
            case DROP, REJECT -> verdict.scope() == Verdict.Scope.FLOW ? 5 : 4;
            default -> verdict.scope() == Verdict.Scope.FLOW ? 3 : 2;
        };
    }

    // ---------------------------------------------------------------------------------------------- what becomes of it

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
