package dev.weir.stream;

import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.packet.Bytes;
import java.util.Objects;

/** Puts questions to the inspector and does what it says besides its verdict: consume, enough, skip. One a thread. */
final class Questions {
    private final StreamInspector inspector;
    private final int limitBytes;
    private final Counters counters;
    private final StreamView view = new StreamView();

    Questions(StreamInspector inspector, StreamOptions options, Counters counters) {
        this.inspector = inspector;
        this.limitBytes = options.bytesPerDirection();
        this.counters = counters;
    }

    /** Asks again about what is there, when the inspector was going to decide later. */
    Verdict again(DirectionStream stream, Packet packet) {
        return stream.waitsOutside || stream.waits() ? ask(stream, packet) : Verdict.CONTINUE;
    }

    /** Asks about all that is kept. */
    Verdict ask(DirectionStream stream, Packet packet) {
        Assembly assembly = stream.assembly;
        int length = assembly.contiguous();
        StreamEnd end = stream.endAt(assembly.next(), length >= limitBytes);
        return ask(stream, view.kept(stream, end), length, packet);
    }

    /** Shows the rest of a segment where it is, and keeps what the inspector did not consume of it. */
    Verdict askInPlace(DirectionStream stream, Bytes bytes, int at, int length, Packet packet) {
        StreamEnd end = stream.endAt(stream.assembly.base() + length, length >= limitBytes);
        Verdict verdict = ask(stream, view.inPlace(stream, end, bytes, at, length), length, packet);
        int consumed = view.consumedBytes();
        int left = length - consumed;
        boolean shownAgain = left > limitBytes && consumed > 0 && !stream.waitsOutside;
        if (left > 0 && !shownAgain && (stream.isCollecting() || stream.waitsOutside)) {
            int result = stream.assembly.put(stream.assembly.base(), bytes, at + consumed, Math.min(left, limitBytes));
            if (result == Assembly.NO_MEMORY) {
                return Opinions.stronger(verdict, noMemory(stream, packet));
            }
        }
        return verdict;
    }

    private Verdict ask(DirectionStream stream, StreamView shown, int length, Packet packet) {
        count(stream);
        Verdict verdict = null;
        try {
            verdict = inspector.inspect(shown, packet, stream.flow());
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
        if (Opinions.discards(verdict)) {
            stream.discard(from, from + length, verdict);
        }
        StreamEnd end = view.end();
        boolean skips = end == StreamEnd.GAP && view.skipsGap() && stream.assembly.hasHole();
        if (skips && !view.saidEnough()) {
            stream.end(StreamEnd.OPEN);
            stream.assembly.skipHole();
        } else if (view.saidEnough() || verdict.kind() != Kind.HOLD && isLast(end, view.consumedBytes())) {
            if (end == StreamEnd.LIMIT) {
                counters.add(Counter.LIMITS);
            }
            stream.finish();
        }
        return verdict;
    }

    private static boolean isLast(StreamEnd end, int consumedBytes) {
        return end != StreamEnd.OPEN && !(end == StreamEnd.LIMIT && consumedBytes > 0);
    }

    /** There is no memory for more. */
    Verdict noMemory(DirectionStream stream, Packet packet) {
        counters.add(Counter.EVICTIONS);
        if (!stream.isCollecting()) {
            stream.finish();
            return Verdict.CONTINUE;
        }
        stream.end(StreamEnd.MEMORY);
        return ask(stream, packet);
    }

    /** Tells of bytes that came twice, with another content the second time. */
    Verdict conflict(DirectionStream stream, Packet packet) {
        counters.add(Counter.CONFLICTS);
        long offset = stream.assembly.conflictOffset();
        int length = stream.assembly.conflictBytes();
        return inspector.conflict(view.kept(stream, stream.end()), offset, length, packet, stream.flow());
    }

    /** Asks about a datagram. */
    Verdict askDatagram(DirectionStream stream, int at, int lengthBytes, boolean ofThisFlow, Packet packet) {
        count(stream);
        view.datagram(stream, packet.bytes(), at, lengthBytes);
        Verdict verdict = inspector.inspect(view, packet, stream.flow());
        Objects.requireNonNull(verdict, "the inspector returned no verdict");
        stream.assembly.consume(lengthBytes);
        stream.waitsOutside = verdict.kind() == Kind.HOLD;
        stream.datagramWaits =
                verdict.kind() == Kind.CONTINUE && !view.saidEnough() && view.consumedBytes() < lengthBytes;
        if (view.saidEnough() && ofThisFlow) {
            stream.finish();
        }
        return verdict;
    }

    /** Shows what is left of a stream whose flow ends. */
    void abandon(DirectionStream stream, StreamEnd end) {
        if (stream.isCollecting() && stream.assembly.contiguous() > 0) {
            inspector.abandoned(view.kept(stream, end), stream.flow());
        }
    }

    private void count(DirectionStream stream) {
        if (stream.isFirstShow()) {
            counters.add(Counter.STREAMS);
        }
    }
}
