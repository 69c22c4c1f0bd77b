package dev.weir.stream;

import dev.weir.Classifier;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A pipeline that reads datagrams, fed by hand, and what its classifier was shown. */
final class DatagramBench implements AutoCloseable {
    /** A whole packet as the classifier saw it. */
    record Seen(String headers, byte[] bytes, byte[] payload, boolean reassembled) {}

    final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
    private final MemoryCapture memory =
            MemoryCapture.builder().capacity(100_000).create();
    private final Pipeline pipeline;
    private final DatagramClassifier classifier;

    DatagramBench() {
        this(FragmentLimits.DEFAULT, Verdict.CONTINUE, (packet, flow) -> Verdict.CONTINUE);
    }

    DatagramBench(FragmentLimits limits, Verdict ofGivenUp, Classifier inner) {
        classifier = new DatagramClassifier(
                (packet, flow) -> {
                    seen.add(see(packet));
                    return inner.classify(packet, flow);
                },
                limits,
                ofGivenUp);
        pipeline = Pipeline.from(memory.name())
                .workers(2)
                .tunnels(TunnelPolicy.INNERMOST)
                .classify(classifier)
                .open();
        pipeline.start();
    }

    private static Seen see(Packet packet) {
        byte[] payload = new byte[Math.max(0, packet.headers().payloadLength())];
        packet.bytes().get(packet.headers().payloadOffset(), payload, 0, payload.length);
        return new Seen(packet.headers().toString(), packet.bytes().toByteArray(), payload, packet.isReassembled());
    }

    /** Puts a frame in, at a time in ms, and waits for its verdict. */
    Verdict.Kind judge(byte[] frame, long timeMs) {
        return memory.prepare(frame)
                .timestampNs(timeMs * 1_000_000)
                .inject()
                .await(StreamBench.SOON)
                .kind();
    }

    Verdict.Kind judge(byte[] frame) {
        return judge(frame, 1);
    }

    /** Puts frames in and waits for all verdicts. */
    void play(List<byte[]> frames) {
        List<InjectedPacket> packets = frames.stream()
                .map(frame -> memory.prepare(frame).timestampNs(1).inject())
                .toList();
        packets.forEach(packet -> packet.await(StreamBench.SOON));
    }

    FragmentCounts counts() {
        return classifier.counts();
    }

    long errors() {
        return pipeline.ledger().workers().stream()
                .mapToLong(worker -> worker.classifierErrors())
                .sum();
    }

    @Override
    public void close() {
        pipeline.close();
        memory.close();
    }
}
