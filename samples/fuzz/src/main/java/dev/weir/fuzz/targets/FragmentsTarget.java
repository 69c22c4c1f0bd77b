package dev.weir.fuzz.targets;

import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.spi.Slot;
import dev.weir.stream.Defragmenter;
import dev.weir.stream.FragmentLimits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

/** Defragmentation: packets, each behind its link type (a byte) and its length (2 bytes). */
public final class FragmentsTarget implements FuzzTarget {
    private static final int PACKET_HEADER = 3;
    private static final int MAX_PACKET_BYTES = 2_000;
    private static final int MAX_SEED_BYTES = 4_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    /** Memory for buffers of every size: when sizes have to make room for each other, some are allocated again. */
    private final Defragmenter defragmenter = new Defragmenter(FragmentLimits.DEFAULT
            .withMaxDatagrams(16)
            .withMemoryBytes(16 << 20)
            .withTimeout(TIMEOUT));

    private final Slot slot = new Slot(0);
    private final ByteBuffer packet = ByteBuffer.allocate(MAX_PACKET_BYTES);
    private long nowNs;

    @Override
    public String name() {
        return "fragments";
    }

    @Override
    public void read(Bytes input) {
        nowNs += 2 * TIMEOUT.toNanos(); // what the input before left behind has expired
        int at = 0;
        // Every packet takes at least three bytes of the input.
        while (at + PACKET_HEADER <= input.length()) {
            int length = Math.min(input.u16(at + 1), Math.min(MAX_PACKET_BYTES, input.length() - at - PACKET_HEADER));
            packet.clear();
            input.get(at + PACKET_HEADER, packet, length);
            packet.clear();
            slot.fill(packet, 0, length, length, LinkTypes.of(input.u8(at)), nowNs);
            Packet whole = defragmenter.accept(slot);
            if (whole != null && whole.isReassembled()) {
                check(whole);
                defragmenter.decided(input.u8(at) > 127 ? Verdict.DROP : Verdict.CONTINUE);
            } else {
                defragmenter.verdict();
                defragmenter.isGivenUp();
            }
            at += PACKET_HEADER + length;
        }
    }

    private static void check(Packet whole) {
        Headers headers = whole.headers();
        Check.that(headers.isIp(), "a datagram has an IP header");
        Check.that(
                !headers.isFragment() || headers.fragmentOffset() == 0 && !headers.moreFragments(),
                "and is no fragment");
        Check.that(headers.networkEnd() == whole.capturedLength(), "its length is that in its header");
        Check.that(whole.wireLength() == whole.bytes().length(), "all of it is there");
        if (headers.hasTransport()) {
            whole.bytes().u8(headers.payloadOffset() - 1); // within the datagram, or it throws
        }
    }

    /** The fragments of each capture, one behind the other. */
    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        ByteBuffer together = ByteBuffer.allocate(MAX_SEED_BYTES);
        Headers headers = new Headers();
        captures.packets((linkType, wireLength, bytes) -> {
            headers.decode(bytes, linkType, wireLength);
            int length = PACKET_HEADER + bytes.length();
            if (!headers.isFragment() || length > MAX_SEED_BYTES) {
                return;
            }
            if (together.remaining() < length) {
                sink.accept(Arrays.copyOf(together.array(), together.position()));
                together.clear();
            }
            together.put((byte) LinkTypes.selector(linkType)).putShort((short) bytes.length());
            bytes.get(0, together, bytes.length());
        });
        if (together.position() > 0) {
            sink.accept(Arrays.copyOf(together.array(), together.position()));
        }
    }
}
