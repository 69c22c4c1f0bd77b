package dev.weir.fuzz.targets;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.spi.Slot;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamClassifier;
import dev.weir.stream.StreamEnd;
import dev.weir.stream.StreamInspector;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Reassembly: segments of one connection, in whatever order and with whatever numbers. An input is a byte that says how the
 * inspector behaves, and then segments: flags (with the direction in bit 7 and the passing of time in bit 6), the offset
 * from the beginning of the stream (2 bytes), the length (a byte), the data.
 */
public final class StreamsTarget implements FuzzTarget {
    private static final int SEGMENT_HEADER = 4;
    private static final int REVERSE = 0x80;
    private static final int LATER = 0x40;
    private static final int HEADERS_LENGTH = 40;
    private static final int FIRST_SEQUENCE = -300; // wraps after 300 bytes
    private static final long LATER_NS = 6_000_000_000L;
    private static final int MODEL_BYTES = 1 << 17;

    private final Model forward = new Model();
    private final Model reverse = new Model();
    private final StreamClassifier[] classifiers = {
        classifier(StreamMode.PASS), classifier(StreamMode.HOLD),
    };
    private final OneFlow flow = new OneFlow(new FlowKey(
            4, 6, 0, IpAddress.IPV4_MAPPED | 0x0a000001, 0, IpAddress.IPV4_MAPPED | 0x0a000002, 1000, 2000, 0));
    private final Slot slot = new Slot(0);
    private final ByteBuffer packet = ByteBuffer.allocate(HEADERS_LENGTH + 256);
    private int behaviour;
    private int calls;

    private StreamClassifier classifier(StreamMode mode) {
        return new StreamClassifier(
                new Inspector(),
                StreamOptions.DEFAULT
                        .withBytesPerDirection(1000)
                        .withMemoryBytes(8192)
                        .withMode(mode));
    }

    /** What was shown of one direction; later windows must not say otherwise. */
    private static final class Model {
        final byte[] shown = new byte[MODEL_BYTES];
        long end;
        long lowest;
        boolean over;

        void clear() {
            end = 0;
            lowest = 0;
            over = false;
        }

        void see(StreamBytes stream) {
            Check.that(!over, "asked after the end");
            Check.that(stream.offset() >= lowest, "an offset goes back");
            lowest = stream.offset();
            Bytes bytes = stream.bytes();
            for (int i = 0; i < bytes.length() && lowest + i < MODEL_BYTES; i++) {
                int at = (int) lowest + i;
                if (at < end && shown[at] != (byte) bytes.u8(i)) {
                    Check.that(false, "a byte changed");
                }
                shown[at] = (byte) bytes.u8(i);
            }
            end = Math.max(end, lowest + bytes.length());
            over = stream.end() == StreamEnd.FINISHED || stream.end() == StreamEnd.RESET;
        }
    }

    private final class Inspector implements StreamInspector {
        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            of(stream.direction()).see(stream);
            int choice = behaviour >>> (calls++ & 3) & 3;
            if (choice == 1) {
                stream.consume(stream.bytes().length() / 2);
            } else if (choice == 2) {
                stream.consume(stream.bytes().length());
            }
            if (stream.end() == StreamEnd.GAP && (behaviour & 0x20) != 0) {
                stream.skipGap();
            }
            if (choice == 3 && (behaviour & 0x40) != 0) {
                stream.enough();
            }
            return (behaviour & 0x18) == 0x18 && choice == 1 ? Verdict.DROP : Verdict.CONTINUE;
        }

        @Override
        public Verdict conflict(StreamBytes stream, long offset, int lengthBytes, Packet packet, Flow flow) {
            Check.that(lengthBytes > 0 && offset >= stream.offset(), "a conflict is among what is kept");
            return (behaviour & 1) != 0 ? Verdict.DROP : Verdict.CONTINUE;
        }

        @Override
        public void abandoned(StreamBytes stream, Flow flow) {
            of(stream.direction()).see(stream);
        }
    }

    private Model of(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() == 0) {
            return;
        }
        behaviour = input.u8(0);
        calls = 0;
        forward.clear();
        reverse.clear();
        StreamClassifier classifier = classifiers[behaviour >>> 7];
        long nowNs = 1;
        int at = 1;
        // Every segment takes at least four bytes of the input.
        while (at + SEGMENT_HEADER <= input.length()) {
            int length = Math.min(input.u8(at + 3), input.length() - at - SEGMENT_HEADER);
            if ((input.u8(at) & LATER) != 0) {
                nowNs += LATER_NS;
            }
            fill(input, at, length, nowNs);
            classifier.classify(slot, flow);
            at += SEGMENT_HEADER + length;
        }
        classifier.flowEnded(flow, FlowEnd.IDLE);
        flow.end();
    }

    /** A segment over IPv4; what stands in the bits of direction and time becomes CWR and ECE as well. */
    private void fill(Bytes input, int at, int length, long nowNs) {
        boolean back = (input.u8(at) & REVERSE) != 0;
        packet.clear();
        packet.put(0, (byte) 0x45).putShort(2, (short) (HEADERS_LENGTH + length));
        packet.put(9, (byte) 6).putInt(12, back ? 0x0a000002 : 0x0a000001).putInt(16, back ? 0x0a000001 : 0x0a000002);
        packet.putShort(20, (short) (back ? 2000 : 1000)).putShort(22, (short) (back ? 1000 : 2000));
        short offset = (short) input.u16(at + 1);
        packet.putInt(24, FIRST_SEQUENCE + offset).putInt(28, FIRST_SEQUENCE + offset);
        packet.put(32, (byte) 0x50).put(33, (byte) input.u8(at));
        packet.position(HEADERS_LENGTH);
        input.get(at + SEGMENT_HEADER, packet, length);
        packet.clear();
        slot.fill(packet, 0, HEADERS_LENGTH + length, HEADERS_LENGTH + length, LinkType.IPV4, nowNs);
        slot.direction(back ? Direction.REVERSE : Direction.FORWARD);
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        sink.accept(new byte[] {1, 2, 0, 0, 0, 0x10, 0, 4, 1, 'b', 0x10, 0, 1, 3, 'a', 'x', 'y', 0x11, 0, 5, 0});
    }
}
