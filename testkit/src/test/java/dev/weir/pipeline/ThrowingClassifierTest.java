package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.number;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.Classifier;
import dev.weir.ErrorPolicy;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowLimits;
import dev.weir.FlowState;
import dev.weir.Ledger.Cause;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(30)
class ThrowingClassifierTest {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.weir.Pipeline");

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
        logger.setLevel(Level.TRACE);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private List<ILoggingEvent> logged(Pipeline pipeline, MemoryCapture memory) {
        pipeline.stop();
        return List.copyOf(log.list).stream()
                .filter(event -> event.getFormattedMessage().contains(memory.name()))
                .toList();
    }

    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("even that fails");
        }
    }

    private static int recurse(int depth) {
        return depth < 0 ? 0 : recurse(depth + 1) + recurse(depth + 2);
    }

    private static Verdict failing(int number) {
        switch (number % 6) {
            case 0:
                throw new IllegalArgumentException("on purpose");
            case 1:
                throw new AssertionError("an error, on purpose");
            case 2:
                return recurse(0) == 0 ? Verdict.ACCEPT : Verdict.DROP;
            case 3:
                throw new Unprintable();
            case 4:
                throw new OutOfMemoryError("on purpose");
            default:
                return null;
        }
    }

    @ParameterizedTest
    @CsvSource({"0,ACCEPT", "1,ACCEPT", "2,DROP", "0,DROP"})
    void thePacketGetsThePolicysVerdictAndTheKindIsLoggedOnce(int workers, ErrorPolicy policy) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .onClassifierError(policy)
                        .classify((packet, flow) -> failing(number(packet)))
                        .classify((packet, flow) -> Verdict.mark(1))
                        .open()) {
            pipeline.start();
            Verdict expected = policy == ErrorPolicy.ACCEPT ? Verdict.ACCEPT : Verdict.DROP;
            for (int i = 0; i < 60; i++) {
                assertEquals(expected, memory.inject(packet(i % 3, i)).await(PATIENCE));
            }
            assertEquals(6, logged(pipeline, memory).size(), () -> log.list.toString());
            assertEquals(60, Traffic.count(pipeline, Cause.CLASSIFIER_ERROR));
            assertEquals(
                    60,
                    pipeline.ledger().workers().stream()
                            .mapToLong(worker -> worker.classifierErrors())
                            .sum());
            assertEndedInOrder(pipeline, 60);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void throwingFromTheBeginningAndTheEndOfAFlowAndFromReleasingHarmsNobody(int workers) {
        AtomicInteger released = new AtomicInteger();
        FlowState<String> bad = FlowState.named("bad", state -> {
            throw new IllegalStateException("on purpose");
        });
        FlowState<String> good = FlowState.named("good", state -> released.incrementAndGet());
        Classifier classifier = new Classifier() {
            @Override
            public Verdict classify(Packet packet, Flow flow) {
                flow.put(bad, "x");
                flow.put(good, "x");
                return Verdict.DROP;
            }

            @Override
            public void flowStarted(Flow flow) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void flowEnded(Flow flow, FlowEnd end) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void close() {
                throw new IllegalStateException("on purpose");
            }
        };
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(16))
                        .classify(classifier)
                        .open()) {
            pipeline.start();
            for (int i = 0; i < 100; i++) {
                assertEquals(Verdict.DROP, memory.inject(packet(i, i)).await(PATIENCE));
            }
            assertEquals(4, logged(pipeline, memory).size(), () -> log.list.toString());
            assertEquals(100, released.get());
            assertEndedInOrder(pipeline, 100);
        }
    }
}
