package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Loss;
import dev.weir.OverloadPolicy;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.InjectedPacket.Fate;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The in-flight bound is reached by a worker that is busy, or by packets that are held. */
@Timeout(30)
class OverloadTest {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);
    private final Classifier busy = (packet, flow) -> {
        entered.countDown();
        Traffic.await(free);
        return Verdict.mark(1);
    };

    private Pipeline bounded(MemoryCapture memory, int workers, int packets, OverloadPolicy policy) {
        return Pipeline.from(memory.name())
                .workers(workers)
                .inFlight(packets, 1 << 20, policy)
                .classify(busy)
                .open();
    }

    /** Packets of one flow with these numbers. */
    private static List<InjectedPacket> inject(MemoryCapture memory, int from, int to) {
        List<InjectedPacket> packets = new ArrayList<>();
        for (int i = from; i < to; i++) {
            packets.add(memory.inject(packet(1, i)));
        }
        return packets;
    }

    @ParameterizedTest
    @CsvSource({"FAIL_OPEN,1", "FAIL_OPEN,3", "FAIL_CLOSED,1", "FAIL_CLOSED,3"})
    void beyondTheBoundPacketsAreDecidedAtOnce(OverloadPolicy policy, int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = bounded(memory, workers, 5, policy)) {
            pipeline.start();
            List<InjectedPacket> within = inject(memory, 0, 5);
            Traffic.await(entered);
            eventually("five in flight", () -> pipeline.ledger().inFlight() == 5);
            List<InjectedPacket> beyond = inject(memory, 5, 105);
            Verdict expected = policy == OverloadPolicy.FAIL_OPEN ? Verdict.ACCEPT : Verdict.DROP;
            for (InjectedPacket packet : beyond) {
                assertEquals(expected, packet.await(PATIENCE));
                packet.awaitReleased(PATIENCE);
            }
            assertTrue(within.stream().allMatch(packet -> packet.verdict() == null));
            free.countDown();
            Traffic.awaitAll(within);
            pipeline.stop();
            assertEquals(5, count(pipeline, Cause.CLASSIFIER));
            assertEquals(100, count(pipeline, Cause.OVERLOAD));
            assertEndedInOrder(pipeline, 105);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theBoundCountsBytesToo(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .inFlight(1000, 1 << 16, OverloadPolicy.FAIL_CLOSED)
                        .classify(busy)
                        .open()) {
            pipeline.start();
            byte[] large = PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .udp(1, 2)
                    .payload(new byte[40_000])
                    .build();
            InjectedPacket first = memory.inject(large);
            InjectedPacket second = memory.inject(large); // the last that begins below the bound
            assertEquals(Verdict.DROP, memory.inject(packet(1, 1)).await(PATIENCE));
            free.countDown();
            assertEquals(Verdict.mark(1), first.await(PATIENCE));
            assertEquals(Verdict.mark(1), second.await(PATIENCE));
            second.awaitReleased(PATIENCE);
            assertEquals(Verdict.mark(1), memory.inject(packet(1, 2)).await(PATIENCE));
            pipeline.stop();
            assertEndedInOrder(pipeline, 4);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whoStopsReadingLosesNothingThatTheCaptureCanKeep(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = bounded(memory, workers, 5, OverloadPolicy.STOP_READING)) {
            pipeline.start();
            List<InjectedPacket> packets = inject(memory, 0, 500);
            Traffic.await(entered);
            eventually("five in flight", () -> pipeline.ledger().inFlight() == 5);
            assertEquals(Fate.QUEUED, packets.get(5).fate());
            free.countDown();
            packets.forEach(packet -> assertEquals(Verdict.mark(1), packet.await(PATIENCE)));
            pipeline.stop();
            assertEquals(0, pipeline.ledger().lost());
            assertEndedInOrder(pipeline, 500);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatTheQueueBehindItLosesIsInTheLedger(int workers) {
        try (MemoryCapture memory = MemoryCapture.builder().capacity(10).create();
                Pipeline pipeline = bounded(memory, workers, 5, OverloadPolicy.STOP_READING)) {
            pipeline.start();
            List<InjectedPacket> packets = inject(memory, 0, 5);
            Traffic.await(entered);
            eventually("five in flight", () -> pipeline.ledger().inFlight() == 5);
            packets.addAll(inject(memory, 5, 40));
            eventually("the loss", () -> pipeline.ledger().lost(Loss.QUEUE_FULL) == 25);
            free.countDown();
            pipeline.stop();
            assertEquals(25, packets.stream().filter(p -> p.fate() == Fate.LOST).count());
            assertEquals(25, pipeline.ledger().lost());
            assertEndedInOrder(pipeline, 15);
        }
    }

    /** A capture that lends out no more than it is asked to hold could not bring what is to be refused. */
    @Test
    void aCaptureThatLendsOutLessThanTheBoundStillRefuses() {
        try (MemoryCapture memory = MemoryCapture.builder().maxPackets(8).create();
                Pipeline pipeline = bounded(memory, 1, 100, OverloadPolicy.FAIL_OPEN)) {
            pipeline.start();
            List<InjectedPacket> packets = inject(memory, 0, 50);
            for (InjectedPacket packet : packets.subList(8, 50)) {
                assertEquals(Verdict.ACCEPT, packet.await(PATIENCE));
            }
            free.countDown();
            pipeline.stop();
            assertEndedInOrder(pipeline, 50);
            assertTrue(count(pipeline, Outcome.ACCEPTED, Cause.OVERLOAD) >= 42);
        }
    }

    @ParameterizedTest
    @CsvSource({"FAIL_OPEN,0", "FAIL_CLOSED,0", "STOP_READING,0", "FAIL_OPEN,2", "FAIL_CLOSED,2", "STOP_READING,2"})
    void aBoundOfOnePacketWorks(OverloadPolicy policy, int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .inFlight(1, 1 << 16, policy)
                        .classify((packet, flow) -> Verdict.mark(1))
                        .open()) {
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                packets.add(memory.inject(packet(i % 7, i)));
            }
            pipeline.start();
            Traffic.awaitAll(packets);
            pipeline.stop();
            assertEquals(1000, count(pipeline, Cause.CLASSIFIER) + count(pipeline, Cause.OVERLOAD));
            assertTrue(count(pipeline, Cause.CLASSIFIER) > 0);
            if (policy == OverloadPolicy.STOP_READING) {
                assertEquals(0, count(pipeline, Cause.OVERLOAD));
            }
            assertEndedInOrder(pipeline, 1000);
        }
    }
}
