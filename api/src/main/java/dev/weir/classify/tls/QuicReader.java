package dev.weir.classify.tls;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.packet.Bytes;
import dev.weir.packet.quic.QuicCryptoFrames;
import dev.weir.packet.quic.QuicInitialKeys;
import dev.weir.packet.quic.QuicInitialOpener;
import dev.weir.packet.quic.QuicLongHeaderView;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.ServerHelloView;

/**
 * Reads the hellos out of QUIC datagrams: opens Initial packets, puts their CRYPTO frames in order, and hands on what is
 * complete. A client's keys come from the destination connection identifier of its first packet, and again from that of
 * the first one after a Retry (RFC 9001, 5.2); a packet that does not open with the keys at hand is tried with those of
 * its own identifier. The server may answer in another version (RFC 9368): then the same identifier gives other keys.
 *
 * <p>Bounded: {@value #MAX_PACKETS} packets a connection, the bytes of a hello, the memory of all connections of a thread.
 */
final class QuicReader {
    /** A hello takes two or three packets, each of which may be sent again. */
    static final int MAX_PACKETS = 64;

    private static final int HANDSHAKE_HEADER_LENGTH = 4; // type 1, length 3 (RFC 8446, 4)

    private final TlsWorker worker;
    private final int helloLimitBytes;
    private final long memoryBytes;
    private final QuicLongHeaderView header = new QuicLongHeaderView();
    private final QuicInitialOpener opener = new QuicInitialOpener();
    private final QuicCryptoFrames frames = new QuicCryptoFrames();
    private final Bytes message = new Bytes();
    private long usedBytes;

    QuicReader(TlsWorker worker, int helloLimitBytes, long memoryBytes) {
        this.worker = worker;
        this.helloLimitBytes = helloLimitBytes;
        this.memoryBytes = memoryBytes;
    }

    /** True for a datagram that begins with the long header of a version that can be read. */
    boolean isQuic(Bytes datagram) {
        return header.wrap(datagram, 0, datagram.length());
    }

    /** A flow to read into; null when there is no memory for another one. */
    QuicFlow begin() {
        return usedBytes < memoryBytes ? new QuicFlow(helloLimitBytes) : null;
    }

    /** The flow has ended. */
    void release(QuicFlow flow) {
        usedBytes -= flow.memoryBytes();
        flow.clear();
    }

    /** Reads all packets of a datagram. A packet takes 20 bytes at least, so the walk ends with the datagram. */
    Verdict read(Bytes datagram, TlsFlow state, Packet packet, Flow flow, TlsPolicy policy) {
        int before = state.quic().memoryBytes();
        Verdict verdict = packets(datagram, state, packet, flow, policy);
        if (state.isOver()) {
            state.quic().clear();
        }
        usedBytes += state.quic().memoryBytes() - before;
        return verdict;
    }

    private Verdict packets(Bytes datagram, TlsFlow state, Packet packet, Flow flow, TlsPolicy policy) {
        int end = datagram.length();
        Verdict verdict = Verdict.CONTINUE;
        for (int at = 0; !state.isOver() && header.wrap(datagram, at, end - at); at = header.end()) {
            QuicFlow quic = state.quic();
            if (quic.countPacket() > MAX_PACKETS) {
                state.end();
            } else if (header.type() == QuicLongHeaderView.Type.RETRY) {
                if (packet.direction() != quic.clientDirection()) {
                    quic.clear();
                    state.repeats();
                }
            } else if (header.type() == QuicLongHeaderView.Type.INITIAL && open(datagram, quic, packet.direction())) {
                Verdict opinion = collect(state, packet, flow, policy);
                verdict = opinion == Verdict.CONTINUE ? verdict : opinion;
            }
        }
        return verdict;
    }

    private boolean open(Bytes datagram, QuicFlow quic, Direction direction) {
        QuicInitialKeys keys = quic.keys();
        if (keys != null) {
            boolean fromClient = direction == quic.clientDirection();
            QuicInitialKeys fitting = keys.version() == header.version() ? keys : keys.in(header.version());
            if (open(datagram, quic, fitting, fromClient)) {
                return true;
            }
            if (!fromClient) {
                return false;
            }
        }
        int offset = header.destinationIdOffset();
        int length = header.destinationIdLength();
        if (keys != null && keys.areOf(header.version(), datagram, offset, length)) {
            return false; // tried
        }
        keys = QuicInitialKeys.derive(header.version(), datagram, offset, length);
        if (!open(datagram, quic, keys, true)) {
            return false;
        }
        quic.clientDirection(direction);
        return true;
    }

    private boolean open(Bytes datagram, QuicFlow quic, QuicInitialKeys keys, boolean fromClient) {
        QuicFlow.Side side = quic.side(fromClient);
        if (!opener.open(datagram, header, keys, fromClient, side.largestPacketNumber)) {
            return false;
        }
        side.largestPacketNumber = Math.max(side.largestPacketNumber, opener.packetNumber());
        quic.keys(keys, header.versionNumber());
        return true;
    }

    private Verdict collect(TlsFlow state, Packet packet, Flow flow, TlsPolicy policy) {
        QuicFlow quic = state.quic();
        boolean fromClient = packet.direction() == quic.clientDirection();
        QuicFlow.Side side = quic.side(fromClient);
        frames.wrap(opener.payload());
        while (frames.next()) {
            if (!side.crypto.add(opener.payload(), frames)) {
                state.end(); // larger than any hello
            }
        }
        return messages(state, side, fromClient, packet, flow, policy);
    }

    /** Each message is at least as long as its header, so the loop ends with what was collected. */
    private Verdict messages(
            TlsFlow state, QuicFlow.Side side, boolean fromClient, Packet packet, Flow flow, TlsPolicy policy) {
        Bytes bytes = side.crypto.bytes();
        Verdict verdict = Verdict.CONTINUE;
        while (!state.isOver() && verdict == Verdict.CONTINUE && bytes.length() - side.read >= 1) {
            int type = bytes.u8(side.read);
            if (type != (fromClient ? ClientHelloView.TYPE : ServerHelloView.TYPE)) {
                state.end();
                break;
            }
            int there = bytes.length() - side.read;
            if (there < HANDSHAKE_HEADER_LENGTH) {
                break;
            }
            int length = HANDSHAKE_HEADER_LENGTH + (bytes.i32(side.read) & 0xff_ffff);
            if (length > helloLimitBytes) {
                state.end();
                break;
            }
            if (length > there) {
                break;
            }
            message.wrap(bytes, side.read, length);
            side.read += length;
            verdict = hello(state, fromClient, packet, flow, policy);
        }
        return verdict;
    }

    private Verdict hello(TlsFlow state, boolean fromClient, Packet packet, Flow flow, TlsPolicy policy) {
        long timestampNs = packet.timestampNs();
        if (fromClient) {
            Verdict verdict = worker.client(message, state, packet.direction(), flow, timestampNs, policy);
            if (verdict != null) {
                return verdict;
            }
        } else if (worker.server(message, state, packet.direction(), flow, timestampNs)) {
            return Verdict.CONTINUE;
        }
        state.end();
        return Verdict.CONTINUE;
    }

    /** True while the ClientHello is there in part: what its sender says until then may have to wait. */
    boolean isWaiting(TlsFlow state, Direction direction) {
        QuicFlow quic = state.quic();
        return !state.isOver() && direction == quic.clientDirection() && quic.side(true).read == 0;
    }
}
