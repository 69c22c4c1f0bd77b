package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.eventually;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.FlowLimits;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.classify.dhcp.DhcpClassifier;
import dev.weir.classify.dns.DnsBlocking;
import dev.weir.classify.dns.DnsClassifier;
import dev.weir.classify.dns.DnsPolicy;
import dev.weir.measure.Allocations;
import dev.weir.packet.dns.DnsType;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.DnsMessageBuilder;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pipeline's threads allocate, from the JVM's own books. */
@Timeout(60)
class AllocationTest {
    /** Half a byte a packet, over 200,000: room for what happens now and then. The smallest object has 16 bytes. */
    private static final long NOTHING_BYTES = 100_000;

    private static final int FRAMES = 5_000;

    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final CountDownLatch piledUp = new CountDownLatch(1);

    private static void playAll(MemoryCapture memory, Pipeline pipeline, AtomicLong total, long rounds, int frames) {
        for (long left = rounds; left > 0; left--) { // piece by piece, so that no side buffer grows without end
            memory.play(1);
            allDecided(pipeline, total.addAndGet(frames));
        }
    }

    private static void allDecided(Pipeline pipeline, long packets) {
        eventually("all decided", () -> pipeline.ledger().decisions().total() == packets);
    }

    /**
     * At first packets pile up before workers, whose first classifier waits for that: all that stays with a packet on its
     * way is made then, however late workers run afterwards.
     */
    private void pileUp(MemoryCapture memory, Pipeline pipeline, AtomicLong total, int packets) {
        memory.play(1);
        eventually("as many as may be received", () -> pipeline.ledger().received() == packets);
        piledUp.countDown();
        allDecided(pipeline, total.addAndGet(FRAMES));
    }

    /** @param most packets that can be on their way to workers; 0: there are none */
    private long perPacket(MemoryCapture memory, Pipeline pipeline, int most) {
        AtomicLong total = new AtomicLong();
        pipeline.start();
        if (most > 0) {
            pileUp(memory, pipeline, total, most);
        }
        playAll(memory, pipeline, total, 40, FRAMES);
        caughtUp.countDown();
        playAll(memory, pipeline, total, 10, FRAMES);
        long before = Allocations.ofPipeline(memory);
        playAll(memory, pipeline, total, 40, FRAMES);
        long bytes = Allocations.ofPipeline(memory) - before;
        pipeline.stop();
        assertTrue(pipeline.ledger().isBalanced());
        return bytes;
    }

    private Classifier afterPileUp(int workers, Classifier classifier) {
        return workers == 0
                ? classifier
                : (packet, flow) -> {
                    Traffic.await(piledUp);
                    return classifier.classify(packet, flow);
                };
    }

    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            frames.add(Traffic.packet(i % 100, i));
        }
        return frames;
    }

    @ParameterizedTest
    @CsvSource({"0,1,false", "1,1,false", "2,1,false", "0,2,false", "2,2,false", "0,1,true", "1,1,true"})
    void inSteadyStateNothingIsAllocatedPerPacket(int workers, int queues, boolean listening) {
        Verdict drop = Verdict.DROP.because("test", "every third");
        try (MemoryCapture memory =
                MemoryCapture.builder().queues(queues).replay(frames()).create()) {
            PipelineBuilder builder = Pipeline.from(memory.name())
                    .workers(workers)
                    .classify(afterPileUp(workers, (packet, flow) -> flow.packets() % 3 == 0 ? drop : Verdict.CONTINUE))
                    .classify((packet, flow) -> packet.headers().destinationPort() == 23 ? drop : Verdict.CONTINUE);
            if (listening) {
                // At first it falls behind as far as it may, so that all records for it are made.
                builder.listen(decision -> Traffic.await(caughtUp));
            }
            try (Pipeline pipeline = builder.open()) {
                long bytes = perPacket(memory, pipeline, workers > 0 ? FRAMES : 0);
                assertTrue(bytes < NOTHING_BYTES, () -> bytes + " bytes for 200,000 packets");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void norForHeldPacketsAndReplacements(int workers) {
        int pinned = 3_000;
        try (MemoryCapture memory = MemoryCapture.builder()
                        .replay(frames())
                        .pinsMemory(pinned)
                        .create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify(afterPileUp(
                                workers, (packet, flow) -> flow.packets() % 5 != 0 ? Verdict.HOLD : Verdict.CONTINUE))
                        .classify((packet, flow) -> {
                            packet.replace(packet.capturedLength());
                            return Verdict.REPLACE;
                        })
                        .open()) {
            long bytes = perPacket(memory, pipeline, workers > 0 ? pinned : 0);
            assertTrue(bytes < NOTHING_BYTES, () -> bytes + " bytes for 200,000 packets");
        }
    }

    @Test
    void norForMessagesOfDnsThatAreReadAndJudged() {
        DnsPolicy.Builder policy =
                DnsPolicy.builder().blockAddresses("192.0.2.0/24").blockPattern("bad-.*\\.example");
        for (int i = 0; i < 1_000; i++) {
            policy.blockDomain("domain" + i + ".example");
        }
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            String name = (i % 3 == 0 ? "bad-" : "www.domain") + i % 2_000 + ".example";
            frames.add(PacketBuilder.ethernet()
                    .ipv4("10.0.0.53", "10.0.0.1")
                    .udp(53, 30_000 + i % 100)
                    .payload(DnsMessageBuilder.response(i, 0)
                            .question(name, DnsType.A)
                            .cname(name, "cdn.example")
                            .address("cdn.example", i % 5 == 0 ? "192.0.2.1" : "198.51.100.1")
                            .build())
                    .build());
        }
        DnsClassifier dns = DnsClassifier.builder()
                .policy(policy.build())
                .blocking(DnsBlocking.NXDOMAIN)
                .build();
        try (MemoryCapture memory = MemoryCapture.builder().replay(frames).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(dns)
                        .classify(DhcpClassifier.builder().build())
                        .open()) {
            long bytes = perPacket(memory, pipeline, 0);
            assertTrue(memory.verdicts(Verdict.Kind.REPLACE) > 100_000);
            assertTrue(memory.verdicts(Verdict.Kind.ACCEPT) > 50_000);
            assertTrue(bytes < NOTHING_BYTES, () -> bytes + " bytes for 200,000 packets");
        }
    }

    /** The bound that {@link FlowLimits} states. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aNewFlowAllocatesAboutThreeHundredBytes(int workers) {
        int flows = 20_000;
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(Traffic.flows(flows)).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(100))
                        .open()) {
            AtomicLong total = new AtomicLong();
            pipeline.start();
            playAll(memory, pipeline, total, 2, flows);
            long before = Allocations.ofPipeline(memory);
            playAll(memory, pipeline, total, 5, flows);
            long bytes = (Allocations.ofPipeline(memory) - before) / (5L * flows);
            assertTrue(bytes > 100 && bytes <= 320, () -> bytes + " bytes for a flow");
        }
    }

    /** The compiler may remove an allocation that the code makes: without that, the result is the same. */
    @Test
    void theSameHoldsWithoutEscapeAnalysis() throws Exception {
        Allocations.withoutEscapeAnalysis(AllocationTest.class);
    }

    /** For the child JVM. */
    public static void main(String[] arguments) {
        new AllocationTest().inSteadyStateNothingIsAllocatedPerPacket(0, 1, false);
        new AllocationTest().inSteadyStateNothingIsAllocatedPerPacket(1, 1, false);
        System.exit(0);
    }
}
