package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pipeline that reads streams, fed by hand; and an inspector that writes down what it is shown. */
final class StreamBench implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(10);

    /** What one direction of a flow was shown. */
    static final class Heard {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final List<String> calls = new ArrayList<>();
        StreamEnd end = StreamEnd.OPEN;
        boolean fromStart;
        long skipped;

        /** Adds what is new in the window; the rest must be what was shown before. */
        void hear(StreamBytes stream) {
            byte[] window = stream.bytes().toByteArray();
            calls.add(stream.offset() + ":" + new String(window, StandardCharsets.ISO_8859_1) + ":" + stream.end());
            if (stream.end() == StreamEnd.MEMORY) {
                end = stream.end(); // what was collected is gone
                return;
            }
            long known = skipped + bytes.size();
            if (stream.offset() > known) {
                skipped += stream.offset() - known;
                known = stream.offset();
            }
            int again = (int) (known - stream.offset());
            if (again > window.length) {
                throw new AssertionError("shown less than before: " + stream);
            }
            byte[] before = bytes.toByteArray();
            int place = before.length - again;
            if (!Arrays.equals(before, place, before.length, window, 0, again)) {
                throw new AssertionError("shown otherwise than before: " + stream);
            }
            bytes.write(window, again, window.length - again);
            if (end != StreamEnd.OPEN && end != StreamEnd.GAP && end != StreamEnd.LIMIT) {
                throw new AssertionError("asked after the end " + end);
            }
            end = stream.end();
            fromStart = stream.fromStart();
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        String text() {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private final Map<String, Heard> heard = new HashMap<>();
    private final List<InjectedPacket> packets = new ArrayList<>();
    private final MemoryCapture memory =
            MemoryCapture.builder().capacity(100_000).create();
    private final Pipeline pipeline;
    final StreamClassifier classifier;

    /** With an inspector that has no opinion and consumes nothing. */
    StreamBench(StreamOptions options) {
        this(options, (stream, packet, flow) -> Verdict.CONTINUE);
    }

    /** With an inspector of one's own; what it is shown is written down before. */
    StreamBench(StreamOptions options, StreamInspector inspector) {
        classifier = new StreamClassifier(new Recorder(inspector), options);
        pipeline = Pipeline.from(memory.name()).classify(classifier).open();
        pipeline.start();
    }

    private final class Recorder implements StreamInspector {
        private final StreamInspector inspector;

        Recorder(StreamInspector inspector) {
            this.inspector = inspector;
        }

        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            of(flow, stream).hear(stream);
            return inspector.inspect(stream, packet, flow);
        }

        @Override
        public void abandoned(StreamBytes stream, Flow flow) {
            of(flow, stream).hear(stream);
            inspector.abandoned(stream, flow);
        }

        @Override
        public Verdict conflict(StreamBytes stream, long offset, int lengthBytes, Packet packet, Flow flow) {
            return inspector.conflict(stream, offset, lengthBytes, packet, flow);
        }

        @Override
        public boolean wants(Packet packet, Flow flow) {
            return inspector.wants(packet, flow);
        }
    }

    private Heard of(Flow flow, StreamBytes stream) {
        synchronized (heard) {
            int port = Math.min(flow.key().sourcePort(), flow.key().destinationPort()) == 80
                    ? Math.max(flow.key().sourcePort(), flow.key().destinationPort())
                    : flow.key().sourcePort();
            return heard.computeIfAbsent(port + " " + stream.direction(), key -> new Heard());
        }
    }

    /** Puts a frame in, at a time in ms. */
    InjectedPacket send(byte[] frame, long timeMs) {
        InjectedPacket packet =
                memory.prepare(frame).timestampNs(timeMs * 1_000_000).inject();
        packets.add(packet);
        return packet;
    }

    InjectedPacket send(byte[] frame) {
        return send(frame, 1);
    }

    /** Puts a frame in and waits for its verdict. */
    Verdict.Kind judge(byte[] frame, long timeMs) {
        return send(frame, timeMs).await(SOON).kind();
    }

    Verdict.Kind judge(byte[] frame) {
        return judge(frame, 1);
    }

    /** Puts frames in and waits for all verdicts. */
    void play(List<byte[]> frames) {
        frames.forEach(this::send);
        packets.forEach(packet -> packet.await(SOON));
    }

    /** Ends the pipeline: from then on what was heard and counted can be read. */
    StreamBench finish() {
        pipeline.stop();
        if (!pipeline.ledger().isBalanced()) {
            throw new AssertionError("the books do not balance");
        }
        return this;
    }

    long held() {
        return pipeline.ledger().held();
    }

    StreamCounts counts() {
        return classifier.counts();
    }

    long errors() {
        return pipeline.ledger().workers().stream()
                .mapToLong(worker -> worker.classifierErrors())
                .sum();
    }

    /** What the connection of {@link Peer#client} number 0 said. */
    Heard forward() {
        return heard(0, Direction.FORWARD);
    }

    Heard reverse() {
        return heard(0, Direction.REVERSE);
    }

    Heard heard(int flow, Direction direction) {
        synchronized (heard) {
            return heard.getOrDefault((Peer.FIRST_PORT + flow) + " " + direction, new Heard());
        }
    }

    @Override
    public void close() {
        pipeline.close();
        memory.close();
    }
}
