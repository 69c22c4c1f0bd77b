package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.number;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Flow;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class DeadlineTest {
    private final MovableClock clock = new MovableClock();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);
    private final List<Long> order = Collections.synchronizedList(new ArrayList<>());

    private PipelineBuilder pipeline(MemoryCapture memory, int workers) {
        return Pipeline.from(memory.name())
                .workers(workers)
                .clock(clock)
                .deadline(Duration.ofMillis(50), Verdict.DROP)
                .listen(decision -> order.add(decision.timestampNs()));
    }

    private MemoryCapture memory() {
        return MemoryCapture.builder().clock(clock).create();
    }

    private InjectedPacket inject(MemoryCapture memory, int number) {
        return memory.prepare(packet(1, number)).timestampNs(number).inject();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whoAnswersTooLateIsNotHeardButCounted(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            if (number(packet) == 1) {
                                entered.countDown();
                                Traffic.await(free);
                            }
                            return Verdict.mark(3);
                        })
                        .open()) {
            pipeline.start();
            InjectedPacket late = inject(memory, 1);
            Traffic.await(entered);
            InjectedPacket inRing = inject(memory, 2);
            eventually("both received", () -> pipeline.ledger().received() == 2);
            clock.advance(Duration.ofMillis(49));
            assertNull(late.verdict());
            clock.advance(Duration.ofMillis(1));
            assertEquals(Verdict.DROP, late.await(PATIENCE));
            assertEquals(Verdict.DROP, inRing.await(PATIENCE));
            assertFalse(late.isReleased(), "the classifier reads it");
            free.countDown();
            late.awaitReleased(PATIENCE);
            inRing.awaitReleased(PATIENCE);
            assertEquals(Verdict.mark(3), inject(memory, 3).await(PATIENCE));
            pipeline.stop();
            assertEquals(2, count(pipeline, Outcome.DROPPED, Cause.DEADLINE));
            assertEquals(1, pipeline.ledger().lateVerdicts(), "nobody looked at the one in the ring any more");
            assertEquals(List.of(1L, 2L, 3L), order);
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aHeldPacketExpiresAndSetsFreeWhatWaitsBehindIt(int workers) {
        AtomicReference<Flow> seen = new AtomicReference<>();
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            seen.set(flow);
                            return number(packet) == 2 ? Verdict.mark(2) : Verdict.CONTINUE;
                        })
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            InjectedPacket first = inject(memory, 1);
            eventually("one held", () -> pipeline.ledger().held() == 1);
            clock.advance(Duration.ofMillis(30));
            InjectedPacket second = inject(memory, 2);
            InjectedPacket third = inject(memory, 3);
            eventually("three held", () -> pipeline.ledger().held() == 3);
            clock.advance(Duration.ofMillis(20));
            assertEquals(Verdict.DROP, first.await(PATIENCE));
            assertEquals(Verdict.mark(2), second.await(PATIENCE));
            assertNull(third.verdict());
            first.awaitReleased(PATIENCE);
            clock.advance(Duration.ofMillis(30));
            assertEquals(Verdict.DROP, third.await(PATIENCE));
            third.awaitReleased(PATIENCE);
            assertEquals(0, pipeline.ledger().held());
            seen.get().resumption().decide(Verdict.ACCEPT);
            pipeline.stop();
            assertEquals(2, count(pipeline, Cause.DEADLINE));
            assertEquals(List.of(1L, 2L, 3L), order);
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void manyHeldPacketsExpireAndAreGivenBack(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                packets.add(memory.inject(packet(i % 10, i)));
            }
            eventually("all held", () -> pipeline.ledger().held() == 5000);
            clock.advance(Duration.ofMillis(50));
            packets.forEach(packet -> assertEquals(Verdict.DROP, packet.await(PATIENCE)));
            packets.forEach(packet -> packet.awaitReleased(PATIENCE));
            pipeline.stop();
            assertEquals(5000, count(pipeline, Cause.DEADLINE));
            assertEquals(0, pipeline.ledger().held());
            assertEndedInOrder(pipeline, 5000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void onTheSystemClockItIsKeptWithoutAnythingElseHappening(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .deadline(Duration.ofMillis(10), Verdict.DROP)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            long leastNs = Long.MAX_VALUE;
            int packets = 0;
            // A busy machine delays the one or the other packet, but not ten in a row.
            while (packets < 10 && leastNs >= 100_000_000) {
                long start = System.nanoTime();
                assertEquals(Verdict.DROP, inject(memory, ++packets).await(PATIENCE));
                long tookNs = System.nanoTime() - start;
                assertTrue(tookNs >= 10_000_000, () -> "too early: " + tookNs);
                leastNs = Math.min(leastNs, tookNs);
            }
            assertTrue(leastNs < 100_000_000, "too late: " + leastNs);
            pipeline.stop();
            assertEndedInOrder(pipeline, packets);
        }
    }

    @Test
    void withoutWorkersItIsRefusedBecauseItCouldNotBeKept() {
        try (MemoryCapture memory = MemoryCapture.create()) {
            PipelineBuilder builder = Pipeline.from(memory.name()).deadline(Duration.ofMillis(50), Verdict.ACCEPT);
            assertTrue(assertThrows(WeirException.class, builder::open)
                    .getMessage()
                    .contains("workers"));
        }
    }
}
