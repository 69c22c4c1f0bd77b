package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.packet.Bytes;
import java.util.Objects;

/** What an inspector is shown, and what it says besides its verdict; one a thread, filled for each call. */
final class StreamView implements StreamBytes {
    private final Bytes window = new Bytes();
    private Direction direction;
    private long offset;
    private StreamEnd end;
    private boolean fromStart;
    private boolean datagram;
    private int consumedBytes;
    private boolean enough;
    private boolean skipsGap;

    /** Shows the bytes of a stream that are kept. */
    StreamView kept(DirectionStream stream, StreamEnd end) {
        stream.assembly.window(window);
        return begin(stream, end, false);
    }

    /** Shows bytes of a stream where they are in a packet. */
    StreamView inPlace(DirectionStream stream, StreamEnd end, Bytes packet, int at, int lengthBytes) {
        window.wrap(packet, at, lengthBytes);
        return begin(stream, end, false);
    }

    /** Shows a datagram. */
    StreamView datagram(DirectionStream stream, Bytes packet, int at, int lengthBytes) {
        window.wrap(packet, at, lengthBytes);
        return begin(stream, StreamEnd.OPEN, true);
    }

    private StreamView begin(DirectionStream stream, StreamEnd end, boolean datagram) {
        this.direction = stream.direction;
        this.offset = stream.assembly.base();
        this.fromStart = datagram || stream.isFromStart();
        this.end = end;
        this.datagram = datagram;
        consumedBytes = 0;
        enough = false;
        skipsGap = false;
        return this;
    }

    int consumedBytes() {
        return consumedBytes;
    }

    boolean saidEnough() {
        return enough;
    }

    boolean skipsGap() {
        return skipsGap;
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
        Objects.checkFromIndexSize(consumedBytes, lengthBytes, window.length());
        consumedBytes += lengthBytes;
    }

    @Override
    public void enough() {
        enough = true;
    }

    @Override
    public void skipGap() {
        skipsGap = true;
    }

    @Override
    public String toString() {
        return direction + " " + window.length() + " bytes from " + offset + ", " + end;
    }
}
