package dev.weir.stream;

import dev.weir.Packet;
import dev.weir.Verdict;

/** Takes TCP segments in: what they add to a stream, what they repeat, and what they end. One a thread. */
final class SegmentReader {
    private final StreamOptions options;
    private final long gapTimeoutNs;
    private final Counters counters;
    private final Questions questions;
    private final TcpSegment segment = new TcpSegment();

    /** True when the latest segment told nothing that was not known. */
    private boolean nothingNew;

    /** True when the latest segment repeated what is kept: its sender has had no answer. */
    private boolean repetition;

    /** True when the latest segment was a RST that may have ended the connection. */
    private boolean reset;

    SegmentReader(StreamOptions options, Counters counters, Questions questions) {
        this.options = options;
        this.gapTimeoutNs = options.gapTimeout().toNanos();
        this.counters = counters;
        this.questions = questions;
    }

    boolean toldNothingNew() {
        return nothingNew;
    }

    boolean wasRepetition() {
        return repetition;
    }

    boolean wasReset() {
        return reset;
    }

    /** True when the latest segment brought bytes that may be waited for; a SYN never waits. */
    boolean broughtBytes() {
        return segment.wireLength > 0 && !segment.isSyn();
    }

    /** Takes a segment in; the verdict is what the inspector has said about it, if it was asked. */
    Verdict read(DirectionStream stream, DirectionStream peer, Packet packet) {
        segment.read(packet.bytes(), packet.headers());
        nothingNew = true;
        repetition = false;
        reset = false;
        long nowNs = packet.timestampNs();
        Verdict verdict = Verdict.CONTINUE;
        if (!isTaken(stream, peer)) {
            counters.add(Counter.OUTSIDE);
        } else {
            reset = segment.isRst();
            stream.said(reset);
            if (segment.isAck() && peer.isKnown()) {
                peer.acknowledged(segment.acknowledgment, nowNs);
            }
            if (!reset && (segment.wireLength > 0 || segment.isFin())) {
                verdict = bytes(stream, peer, packet);
                stream.lookForGap(nowNs, gapTimeoutNs);
            }
        }
        verdict = Opinions.stronger(verdict, overdue(stream, packet, nowNs));
        return Opinions.stronger(verdict, overdue(peer, packet, nowNs));
    }

    /** False for a segment that its receiver does not take as one of this connection, as far as can be said from here. */
    private boolean isTaken(DirectionStream stream, DirectionStream peer) {
        if (segment.isRst()) {
            boolean refusal = segment.isAck() && !stream.isKnown() && peer.isExpected(segment.acknowledgment);
            return refusal || stream.isExpected(segment.sequence);
        }
        if (!segment.isSyn()) {
            stream.settle(segment.sequence);
            return stream.isKnown() || !peer.isOpening(); // RFC 9293, 3.10.7.3: one that opens takes a SYN or a RST
        }
        if (!segment.isAck()) {
            return stream.open(segment.sequence);
        }
        boolean answer = peer.answered(segment.acknowledgment);
        return (answer || !stream.isKnown()) && stream.synchronize(segment.sequence) && answer;
    }

    private Verdict bytes(DirectionStream stream, DirectionStream peer, Packet packet) {
        if (!stream.isKnown()) {
            if (!options.midstream() && !peer.isKnown()) {
                stream.finish();
                peer.finish();
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
            counters.add(Counter.OUTSIDE);
        }
        to = Math.min(to, stream.finOr(to));
        long next = stream.assembly.next();
        if (to > next) {
            return from > next ? early(stream, packet, from, to) : inOrder(stream, packet, from, to);
        }
        Verdict verdict = segment.dataLength > 0 ? known(stream, packet, from) : Verdict.CONTINUE;
        if (stream.hasUntoldFin()) {
            nothingNew = false;
            verdict = Opinions.stronger(verdict, questions.ask(stream, packet));
        }
        return verdict;
    }

    /** Bytes that were there already. */
    private Verdict known(DirectionStream stream, Packet packet, long from) {
        boolean probe = segment.dataLength == 1 && from == stream.assembly.next() - 1; // RFC 9293, 3.8.4: keep-alive
        if (probe || packet.isHeld()) {
            return Verdict.CONTINUE;
        }
        counters.add(Counter.RETRANSMITTED);
        repetition = true;
        return conflict(stream, packet, from, segment.dataLength);
    }

    private Verdict conflict(DirectionStream stream, Packet packet, long from, int lengthBytes) {
        return stream.assembly.conflicts(from, segment.bytes, segment.dataOffset, lengthBytes)
                ? questions.conflict(stream, packet)
                : Verdict.CONTINUE;
    }

    /** Bytes behind one that is missing. */
    private Verdict early(DirectionStream stream, Packet packet, long from, long to) {
        long limit = stream.assembly.base() + options.bytesPerDirection();
        long kept = Math.min(to, limit);
        if (kept < to) {
            stream.refused(to - Math.max(from, kept));
        }
        int result = from >= kept
                ? Assembly.REFUSED
                : stream.assembly.put(from, segment.bytes, segment.dataOffset, (int) (kept - from));
        switch (result & ~Assembly.CONFLICT) {
            case Assembly.REFUSED -> {
                counters.add(Counter.REFUSED);
                if (from < kept) {
                    stream.refused(kept - from);
                }
                nothingNew = false;
            }
            case Assembly.NO_MEMORY -> {
                return questions.noMemory(stream, packet);
            }
            case Assembly.NEW -> {
                counters.add(Counter.OUT_OF_ORDER);
                stream.reached(kept);
                nothingNew = false;
            }
            default -> {
                if (!packet.isHeld()) {
                    counters.add(Counter.RETRANSMITTED);
                    repetition = true;
                }
            }
        }
        return (result & Assembly.CONFLICT) != 0 ? questions.conflict(stream, packet) : Verdict.CONTINUE;
    }

    /** The bytes that come next. Every round of the loop adds some, or has some consumed, or ends the stream. */
    private Verdict inOrder(DirectionStream stream, Packet packet, long from, long to) {
        Assembly assembly = stream.assembly;
        int limit = options.bytesPerDirection();
        nothingNew = false;
        stream.reached(to);
        Verdict verdict = from < assembly.next()
                ? conflict(stream, packet, from, (int) (assembly.next() - from))
                : Verdict.CONTINUE;
        if (Opinions.discards(verdict)) {
            return verdict; // the new bytes in it are discarded with it, and will come again
        }
        while (stream.isCollecting() && assembly.next() < to && verdict.scope() == Verdict.Scope.PACKET) {
            int at = segment.dataOffset + (int) (assembly.next() - from);
            int left = (int) (to - assembly.next());
            if (assembly.isEmpty()) {
                verdict = Opinions.stronger(verdict, questions.askInPlace(stream, segment.bytes, at, left, packet));
                continue;
            }
            int taken = Math.min(left, limit - assembly.contiguous());
            if (taken == 0 && stream.waitsOutside) {
                break;
            }
            int result = taken == 0 ? 0 : assembly.put(assembly.next(), segment.bytes, at, taken);
            if (result == Assembly.NO_MEMORY) {
                return Opinions.stronger(verdict, questions.noMemory(stream, packet));
            }
            verdict = Opinions.stronger(verdict, questions.ask(stream, packet));
        }
        return verdict;
    }

    /** What became due without a packet of its own: lost memory, and segments that do not come. */
    private Verdict overdue(DirectionStream stream, Packet packet, long nowNs) {
        if (!stream.isCollecting()) {
            return Verdict.CONTINUE;
        }
        if (stream.end() == StreamEnd.MEMORY && !stream.waitsOutside) {
            return questions.ask(stream, packet);
        }
        if (stream.end() != StreamEnd.OPEN || !stream.isGapDue(nowNs, options.bytesPerDirection())) {
            return Verdict.CONTINUE;
        }
        counters.add(Counter.GAPS);
        stream.end(StreamEnd.GAP);
        Verdict verdict = questions.ask(stream, packet);
        if (stream.isCollecting() && !stream.waitsOutside) { // it skips the gap
            verdict = Opinions.stronger(verdict, questions.ask(stream, packet));
            stream.lookForGap(nowNs, gapTimeoutNs);
        }
        return verdict;
    }
}
