package dev.weir.fuzz.targets;

import dev.weir.Protocols;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.quic.QuicCryptoFrames;
import dev.weir.packet.quic.QuicCryptoStream;
import dev.weir.packet.quic.QuicInitialKeys;
import dev.weir.packet.quic.QuicInitialOpener;
import dev.weir.packet.quic.QuicLongHeaderView;
import java.util.function.Consumer;

/**
 * QUIC datagrams: headers, keys, protection; or, because no made-up packet opens, the frames that would be in one. The
 * first byte says which: even for a datagram, odd for frames.
 */
public final class QuicTarget implements FuzzTarget {
    private static final int LIMIT_BYTES = 4096;

    private final Bytes bytes = new Bytes();
    private final QuicLongHeaderView header = new QuicLongHeaderView();
    private final QuicInitialOpener opener = new QuicInitialOpener();
    private final QuicCryptoFrames frames = new QuicCryptoFrames();

    @Override
    public String name() {
        return "quic";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 1) {
            return;
        }
        bytes.wrap(input, 1, input.length() - 1);
        if (input.u8(0) % 2 == 0) {
            datagram();
        } else {
            frames(bytes);
        }
    }

    private void datagram() {
        int tried = 0;
        int end = bytes.length();
        for (int at = 0; header.wrap(bytes, at, end - at); at = header.end()) {
            Check.that(header.end() > at && header.end() <= end, "a packet is in the datagram");
            Check.that(
                    header.destinationIdOffset() + header.destinationIdLength() <= end
                            && header.sourceIdOffset() + header.sourceIdLength() <= end
                            && header.packetNumberOffset() <= end,
                    "the fields are in the datagram");
            if (header.type() == QuicLongHeaderView.Type.INITIAL && tried++ == 0) {
                QuicInitialKeys keys = QuicInitialKeys.derive(
                        header.version(), bytes, header.destinationIdOffset(), header.destinationIdLength());
                if (opener.open(bytes, header, keys, true, -1)) {
                    frames(opener.payload());
                }
            }
        }
    }

    private void frames(Bytes payload) {
        QuicCryptoStream stream = new QuicCryptoStream(LIMIT_BYTES);
        frames.wrap(payload);
        while (frames.next()) {
            Check.that(frames.dataOffset() + frames.dataLength() <= payload.length(), "the data is in the packet");
            stream.add(payload, frames);
        }
        Check.that(stream.bytes().length() <= payload.length(), "no more is there than came");
        Check.that(stream.memoryBytes() <= 2 * LIMIT_BYTES, "memory is bounded");
    }

    /** What deriving keys and opening a packet take within the JDK, and a stream of frames. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 65_536 + 8L * inputLength;
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        Headers headers = new Headers();
        captures.packets((linkType, wireLength, packet) -> {
            headers.decode(packet, linkType, wireLength);
            int length = Math.min(headers.payloadLength(), packet.length() - headers.payloadOffset());
            if (headers.protocol() == Protocols.UDP
                    && length > 0
                    && bytes.wrap(packet, headers.payloadOffset(), length).length() > 0
                    && header.wrap(bytes, 0, length)) {
                byte[] input = new byte[1 + length];
                packet.get(headers.payloadOffset(), input, 1, length);
                sink.accept(input);
                if (header.type() == QuicLongHeaderView.Type.INITIAL) {
                    opened(sink);
                }
            }
        });
    }

    private void opened(Consumer<byte[]> sink) {
        QuicInitialKeys keys = QuicInitialKeys.derive(
                header.version(), bytes, header.destinationIdOffset(), header.destinationIdLength());
        if (opener.open(bytes, header, keys, true, -1)) {
            byte[] input = new byte[1 + opener.payload().length()];
            input[0] = 1;
            opener.payload().get(0, input, 1, input.length - 1);
            sink.accept(input);
        }
    }
}
