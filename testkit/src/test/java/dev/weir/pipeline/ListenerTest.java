package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.FlowKey;
import dev.weir.Ledger.Cause;
import dev.weir.PausePolicy;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ListenerTest {
    private record Told(
            FlowKey flow, Direction direction, Verdict verdict, Cause cause, long timestampNs, int length, int queue) {}

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void itIsToldEverythingThatIsKnownOfADecision(int workers) {
        List<Told> told = Collections.synchronizedList(new ArrayList<>());
        try (MemoryCapture memory = MemoryCapture.builder().queues(2).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .listen(decision -> told.add(new Told(
                                decision.flow() == null ? null : decision.flow().key(),
                                decision.direction(),
                                decision.verdict(),
                                decision.cause(),
                                decision.timestampNs(),
                                decision.wireLength(),
                                decision.queue())))
                        .whilePaused(PausePolicy.ACCEPT)
                        .classify((packet, flow) -> Verdict.DROP)
                        .open()) {
            pipeline.start();
            memory.prepare(packet(1, 1))
                    .timestampNs(5)
                    .wireLength(1000)
                    .queue(1)
                    .inject()
                    .await(PATIENCE);
            memory.prepare(Traffic.answer(1, 2))
                    .timestampNs(6)
                    .queue(1)
                    .inject()
                    .await(PATIENCE);
            pipeline.pause();
            memory.prepare(packet(1, 3)).timestampNs(7).queue(1).inject().await(PATIENCE);
            pipeline.stop();
            FlowKey key = FlowKey.of(17, "10.0.0.1", 1025, "10.200.0.1", 80);
            assertEquals(3, told.size());
            assertEquals(new Told(key, Direction.FORWARD, Verdict.DROP, Cause.CLASSIFIER, 5, 1000, 1), told.get(0));
            assertEquals(new Told(key, Direction.REVERSE, Verdict.DROP, Cause.CLASSIFIER, 6, 50, 1), told.get(1));
            assertEquals(Cause.PAUSED, told.get(2).cause());
            assertNull(told.get(2).flow(), "nobody looked for its flow");
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void itIsToldOfEveryDecisionWhenItKeepsUp(int workers) {
        AtomicLong told = new AtomicLong();
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(Traffic.flows(1000)).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .listen(decision -> told.incrementAndGet())
                        .open()) {
            pipeline.start();
            for (int round = 1; round <= 20; round++) {
                memory.play(10);
                long expected = round * 10_000L;
                eventually("all told", () -> told.get() == expected);
            }
            pipeline.stop();
            assertEquals(0, pipeline.ledger().listenerMissed());
            assertEndedInOrder(pipeline, 200_000);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,false", "2,false", "0,true"})
    void oneThatIsStuckMissesDecisionsAndStopsNobody(int workers, boolean end) throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        AtomicLong told = new AtomicLong();
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(Traffic.flows(100)).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .closeTimeout(Duration.ofMillis(100))
                        .listen(decision -> {
                            told.incrementAndGet();
                            Traffic.await(free);
                        })
                        .open()) {
            pipeline.start();
            memory.play(2000);
            eventually("all decided", () -> pipeline.ledger().decisions().total() == 200_000);
            if (end) {
                memory.end();
                assertTrue(pipeline.await(PATIENCE));
            } else {
                pipeline.stop();
            }
            assertEquals(200_000 - 65_536, pipeline.ledger().listenerMissed());
            assertEndedInOrder(pipeline, 200_000);
        } finally {
            free.countDown();
        }
    }

    @Test
    void whatItThrowsHarmsNobody() {
        AtomicLong told = new AtomicLong();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .listen(decision -> {
                            if (told.incrementAndGet() % 2 == 0) {
                                throw new IllegalStateException("on purpose");
                            }
                            throw new StackOverflowError("on purpose");
                        })
                        .open()) {
            pipeline.start();
            for (int i = 0; i < 10; i++) {
                memory.inject(packet(1, i)).await(PATIENCE);
            }
            pipeline.stop();
            assertEquals(10, told.get());
            assertEndedInOrder(pipeline, 10);
        }
    }
}
