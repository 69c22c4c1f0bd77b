package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.FlowLimits;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.measure.Allocations;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What reading streams costs in memory: under attack, and from packet to packet. */
@Timeout(60)
class StreamMemoryTest {
    /** Half a byte a packet, over 200,000. The smallest object has 16. */
    private static final long NOTHING_BYTES = 100_000;

    @Test
    void manyFlowsWithHolesStayWithinTheBoundAndOthersAreReadAllTheSame() {
        long bound = 4 << 20;
        StreamOptions options = StreamOptions.DEFAULT.withMemoryBytes(bound);
        try (StreamBench bench = new StreamBench(options)) {
            List<byte[]> attack = new ArrayList<>();
            for (int i = 1; i <= 20_000; i++) { // one byte at the far end: each claims 16 KiB
                attack.add(Peer.client(i, 5).data(0, "x"));
                attack.add(Peer.client(i, 5).data(16_000, "x"));
            }
            bench.play(attack);
            StreamCounts counts = bench.counts();
            assertTrue(counts.memoryBytes() <= bound, () -> counts.toString());
            assertTrue(counts.evictions() > 19_000, () -> counts.toString());
            bench.judge(Peer.client().syn());
            bench.judge(Peer.client().data(3, "two"));
            bench.play(attack.subList(0, 400));
            bench.judge(Peer.client().data(0, "one"));
            bench.finish();
            assertEquals("onetwo", bench.forward().text());
            assertEquals(StreamEnd.MEMORY, bench.heard(150, Direction.FORWARD).end, "who lost it is told");
        }
    }

    @Test
    void oneFlowThatMakesHolesStaysWithinItsShare() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(Peer.client().syn());
            for (int i = 1; i < 5_000; i++) {
                bench.send(Peer.client().data(7L * i, "abc"));
            }
            bench.judge(Peer.server().data(1, "x"));
            assertTrue(bench.counts().memoryBytes() <= 2 * 16_384);
            bench.finish();
        }
    }

    /** Connections whose bytes are collected, consumed, overtaken and said twice, without end. */
    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int flow = 0; flow < 50; flow++) {
            Peer client = Peer.client(flow, -500); // wraps
            Peer server = Peer.server(flow, 7);
            frames.add(client.syn());
            frames.add(server.synAck(client));
            for (int at = 0; at < 20_000; at += 800) {
                frames.add(client.data(at + 400, new byte[400]));
                frames.add(client.data(at, new byte[400]));
                frames.add(client.data(at + 100, new byte[400]));
                frames.add(server.data(at / 8, new byte[100]));
            }
            frames.addAll(PacketBuilder.ethernet()
                    .ip("10.0.0.1", "10.0.0.2")
                    .udp(flow, 53)
                    .payload(new byte[3_000])
                    .fragments(1280));
            frames.add(client.rst(20_000));
        }
        return frames;
    }

    private static void play(MemoryCapture memory, Pipeline pipeline, int rounds, int frames) {
        for (int i = 0; i < rounds; i++) {
            long expected = pipeline.ledger().decisions().total() + frames;
            memory.play(1);
            long untilNs = System.nanoTime() + 10_000_000_000L;
            while (pipeline.ledger().decisions().total() < expected) {
                assertTrue(System.nanoTime() - untilNs < 0, () -> "not decided: " + pipeline.ledger());
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private static void check(StreamMode mode, boolean consuming) {
        List<byte[]> frames = frames();
        StreamInspector inspector = (stream, packet, flow) -> {
            if (stream.isDatagram()) {
                stream.consume(stream.bytes().length());
            } else if (consuming) {
                stream.consume(stream.bytes().length() / 1_000 * 1_000);
            }
            return Verdict.CONTINUE;
        };
        StreamOptions options = StreamOptions.DEFAULT.withMode(mode).withDatagrams(true);
        StreamClassifier classifier = new StreamClassifier(inspector, options);
        try (MemoryCapture memory = MemoryCapture.builder().replay(frames).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(classifier)
                        .flows(FlowLimits.DEFAULT.withIdle(Duration.ofDays(1), Duration.ofDays(1)))
                        .open()) {
            pipeline.start();
            play(memory, pipeline, 25, frames.size());
            long flows = pipeline.ledger().workers().get(0).flowsCreated();
            long before = Allocations.ofPipeline(memory);
            play(memory, pipeline, 40, frames.size());
            long bytes = Allocations.ofPipeline(memory) - before;
            long made = pipeline.ledger().workers().get(0).flowsCreated() - flows;
            long packets = 40L * frames.size();
            assertTrue(packets > 200_000);
            // A flow object and its table of states are the engine's.
            long ofFlows = made * 400;
            assertTrue(
                    bytes - ofFlows < NOTHING_BYTES,
                    () -> bytes + " bytes for " + packets + " packets of " + made + " flows");
            StreamCounts counts = classifier.counts();
            assertTrue(counts.outOfOrder() > 1_000 && counts.fragments().datagrams() > 1_000, counts::toString);
            assertTrue(counts.streams() > 1_000, counts::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void inSteadyStateNothingIsAllocatedPerPacket(StreamMode mode) {
        check(mode, true);
        check(mode, false);
    }

    /** The compiler may remove an allocation that the code makes: without that, the result is the same. */
    @Test
    void theSameHoldsWithoutEscapeAnalysis() throws Exception {
        Allocations.withoutEscapeAnalysis(StreamMemoryTest.class);
    }

    /** For the child JVM. */
    public static void main(String[] arguments) {
        check(StreamMode.PASS, true);
        check(StreamMode.HOLD, false);
        System.exit(0);
    }
}
