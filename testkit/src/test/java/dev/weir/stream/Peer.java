package dev.weir.stream;

import dev.weir.testkit.packet.PacketBuilder;
import java.nio.charset.StandardCharsets;

/** One side of a TCP connection that says any byte of its stream at any time. */
final class Peer {
    static final int FIRST_PORT = 4711;

    private final String address;
    private final String other;
    private final int port;
    private final int otherPort;

    /** The sequence number of the SYN. */
    private final int initial;

    private Peer(String address, int port, String other, int otherPort, int initial) {
        this.address = address;
        this.port = port;
        this.other = other;
        this.otherPort = otherPort;
        this.initial = initial;
    }

    static Peer client(int flow, int initial) {
        return new Peer("10.0.0.1", FIRST_PORT + flow, "10.0.0.2", 80, initial);
    }

    static Peer client() {
        return client(0, 1000);
    }

    static Peer server(int flow, int initial) {
        return new Peer("10.0.0.2", 80, "10.0.0.1", FIRST_PORT + flow, initial);
    }

    static Peer server() {
        return server(0, 900_000);
    }

    int initial() {
        return initial;
    }

    /** A segment that begins at an offset of the stream, to be completed. */
    PacketBuilder at(long offset) {
        return PacketBuilder.ethernet().ip(address, other).tcp(port, otherPort).sequence(initial + 1 + (int) offset);
    }

    byte[] syn() {
        return at(-1).syn().build();
    }

    /** A SYN that answers one. */
    byte[] synAck(Peer peer) {
        return at(-1).syn().acknowledgment(peer.initial + 1).build();
    }

    byte[] data(long offset, byte... bytes) {
        return at(offset).ack().psh().payload(bytes).build();
    }

    byte[] data(long offset, String text) {
        return data(offset, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** An acknowledgment of all bytes of the other side before an offset. */
    byte[] ack(long offset, Peer peer, long peerOffset) {
        return at(offset).acknowledgment(peer.initial + 1 + (int) peerOffset).build();
    }

    byte[] fin(long offset) {
        return at(offset).ack().fin().build();
    }

    byte[] rst(long offset) {
        return at(offset).rst().build();
    }
}
