package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.util.Objects;

/** One direction of a flow: collects segments that come in order. */
final class DirectionStream implements StreamBytes {
    private final Direction direction;
    private final StreamOptions options;
    private final Bytes window = new Bytes();
    private ByteBuffer collected;
    private int collectedLength;
    private int consumed;
    private long offset;
    private int nextSequence;
    private boolean known;
    private boolean fromStart;
    private boolean datagram;
    private boolean done;
    private StreamEnd end = StreamEnd.OPEN;

    DirectionStream(Direction direction, StreamOptions options) {
        this.direction = direction;
        this.options = options;
    }

    /** True when the inspector has something new to look at. */
    boolean segment(Bytes payload, int sequence, boolean syn, boolean fin, boolean rst) {
        int first = sequence;
        if (syn) {
            first++;
            nextSequence = first;
            known = true;
            fromStart = true;
        } else if (!known) {
            if (!options.midstream()) {
                done = true;
                return false;
            }
            nextSequence = first;
            known = true;
        }
        int seen = nextSequence - first;
        boolean grew = false;
        if (seen >= 0 && seen < payload.length()) {
            append(payload, seen);
            grew = true;
        }
        if (rst) {
            end = StreamEnd.RESET;
        } else if (fin && nextSequence == first + payload.length()) {
            end = StreamEnd.FINISHED;
        } else if (grew && collectedLength >= options.bytesPerDirection()) {
            end = StreamEnd.LIMIT;
        }
        return grew || end != StreamEnd.OPEN;
    }

    private void append(Bytes payload, int from) {
        int length = payload.length() - from;
        nextSequence += length;
        int taken = Math.min(length, options.bytesPerDirection() - collectedLength);
        if (collected == null || collected.capacity() < collectedLength + taken) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * collectedLength, collectedLength + taken));
            if (collected != null) {
                larger.put(0, collected, 0, collectedLength);
            }
            collected = larger;
        }
        collected.clear().position(collectedLength);
        new Bytes().wrap(payload, from, taken).get(0, collected, taken);
        collected.clear();
        collectedLength += taken;
        window.wrap(collected, 0, collectedLength);
    }

    boolean datagram(Bytes payload) {
        datagram = true;
        fromStart = true;
        collected = null;
        window.wrap(payload, 0, payload.length());
        collectedLength = payload.length();
        return true;
    }

    /** After the inspector was asked: forgets what it is done with. */
    void inspected() {
        offset += consumed;
        int left = collectedLength - consumed;
        if (datagram || done || end != StreamEnd.OPEN) {
            offset += datagram ? left : 0;
            done |= !datagram;
            left = 0;
        } else if (consumed > 0) {
            collected.put(0, collected, consumed, left);
        }
        collectedLength = left;
        consumed = 0;
        if (left > 0) {
            window.wrap(collected, 0, left);
        } else {
            collected = null;
            window.wrap(window, 0, 0);
        }
    }

    boolean holdsBytes() {
        return collectedLength > 0;
    }

    boolean isDone() {
        return done;
    }

    void abandon(StreamInspector inspector, Flow flow) {
        if (!done && collectedLength > 0) {
            end = StreamEnd.ABANDONED;
            inspector.abandoned(this, flow);
            inspected();
        }
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public Bytes bytes() {
        return window;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public StreamEnd end() {
        return end;
    }

    @Override
    public boolean fromStart() {
        return fromStart;
    }

    @Override
    public boolean isDatagram() {
        return datagram;
    }

    @Override
    public void consume(int lengthBytes) {
        Objects.checkFromIndexSize(0, lengthBytes, collectedLength - consumed);
        consumed += lengthBytes;
    }

    @Override
    public void enough() {
        done = true;
    }
}
