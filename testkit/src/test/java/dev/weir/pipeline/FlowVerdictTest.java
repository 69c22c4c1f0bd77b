package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowLimits;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A verdict for the rest of a flow: how far it reaches, and how long. */
@Timeout(30)
class FlowVerdictTest {
    private final MovableClock clock = new MovableClock();
    private final AtomicInteger asked = new AtomicInteger();

    private MemoryCapture memory() {
        return MemoryCapture.builder().clock(clock).create();
    }

    private PipelineBuilder pipeline(MemoryCapture memory, int workers, FlowLimits limits, Verdict verdict) {
        return Pipeline.from(memory.name())
                .workers(workers)
                .clock(clock)
                .flows(limits)
                .classify((packet, flow) -> {
                    asked.incrementAndGet();
                    return verdict;
                });
    }

    private static long flows(Pipeline pipeline) {
        return pipeline.ledger().workers().stream()
                .mapToLong(Ledger.WorkerCounts::flows)
                .sum();
    }

    private static long evicted(Pipeline pipeline) {
        return pipeline.ledger().workers().stream()
                .mapToLong(Ledger.WorkerCounts::flowVerdictsEvicted)
                .sum();
    }

    private void idle(Pipeline pipeline, Duration time) {
        for (int i = 0; i < 10; i++) {
            clock.advance(time.dividedBy(10));
        }
        eventually("the flows to be evicted", () -> flows(pipeline) == 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theRestOfTheFlowIsDecidedInBothDirectionsWithoutAsking(int workers) {
        Verdict verdict = Verdict.mark(5).forFlow().because("test", "all of it");
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, workers, FlowLimits.DEFAULT, verdict).open()) {
            pipeline.start();
            for (int i = 0; i < 10; i++) {
                assertEquals(
                        verdict,
                        memory.inject(i % 2 == 0 ? packet(1, i) : Traffic.answer(1, i))
                                .await(PATIENCE));
            }
            assertEquals(1, asked.get());
            pipeline.stop();
            assertEquals(9, count(pipeline, Cause.FLOW_VERDICT));
            assertEquals(10, pipeline.ledger().reasons().get(verdict.reason()));
            assertEndedInOrder(pipeline, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void itOutlivesTheFlowForItsLifetimeAndNoLonger(int workers) {
        FlowLimits limits = FlowLimits.DEFAULT.withMaxFlows(100).withFlowVerdicts(100, Duration.ofMinutes(10));
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, workers, limits, Verdict.DROP_FLOW).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            for (int i = 0; i < 3; i++) { // again and again: each packet prolongs it
                idle(pipeline, Duration.ofMinutes(9));
                assertEquals(Verdict.DROP_FLOW, memory.inject(packet(1, 2)).await(PATIENCE));
                assertEquals(1, asked.get());
            }
            idle(pipeline, Duration.ofMinutes(11));
            memory.inject(packet(1, 3)).await(PATIENCE);
            assertEquals(2, asked.get());
            pipeline.stop();
            assertEndedInOrder(pipeline, 5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void itIsBoundedAndWhatMakesRoomIsCounted(int workers) {
        FlowLimits limits = FlowLimits.DEFAULT.withMaxFlows(1000).withFlowVerdicts(20, Duration.ofMinutes(10));
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, workers, limits, Verdict.DROP_FLOW).open()) {
            pipeline.start();
            memory.injectAll(Traffic.flows(200)).forEach(packet -> packet.await(PATIENCE));
            idle(pipeline, Duration.ofMinutes(2));
            assertEquals(180, evicted(pipeline));
            memory.injectAll(Traffic.flows(200)).forEach(packet -> packet.await(PATIENCE));
            assertEquals(200 + 180, asked.get());
            pipeline.stop();
            assertEndedInOrder(pipeline, 400);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void withNoRoomAtAllItEndsWithTheFlow(int workers) {
        FlowLimits limits = FlowLimits.DEFAULT.withMaxFlows(100).withFlowVerdicts(0, Duration.ofMinutes(10));
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, workers, limits, Verdict.DROP_FLOW).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            idle(pipeline, Duration.ofMinutes(2));
            memory.inject(packet(1, 2)).await(PATIENCE);
            assertEquals(2, asked.get());
            assertEquals(1, evicted(pipeline));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aNewConnectionAfterTheCloseIsNotBoundByTheVerdictOfTheOldOne(int workers) {
        List<byte[]> frames = TcpConversation.between("10.0.0.2", 4711, "10.0.0.1", 80)
                .handshake()
                .close()
                .frames();
        FlowLimits limits = FlowLimits.DEFAULT.withMaxFlows(100);
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, workers, limits, Verdict.DROP_FLOW).open()) {
            pipeline.start();
            frames.forEach(frame -> memory.inject(frame).await(PATIENCE));
            assertEquals(1, asked.get());
            memory.inject(frames.get(0)).await(PATIENCE); // at once
            assertEquals(2, asked.get());
            frames.forEach(frame -> memory.inject(frame).await(PATIENCE));
            assertEquals(2, asked.get());
            idle(pipeline, Duration.ofMinutes(1));
            memory.inject(frames.get(2)).await(PATIENCE); // a straggler of the old one
            assertEquals(2, asked.get());
            idle(pipeline, Duration.ofMinutes(2));
            memory.inject(frames.get(0)).await(PATIENCE); // the flow had left the table
            assertTrue(asked.get() >= 2);
        }
    }
}
