package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Attribution.Certainty;
import dev.weir.Flow;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.FlowLimits;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.SocketOwner;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import dev.weir.testkit.ScriptedCorrelator;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class CorrelationTest {
    private final MovableClock clock = new MovableClock();
    private final AtomicReference<Flow> flow = new AtomicReference<>();
    private final ScriptedCorrelator correlator = new ScriptedCorrelator();

    private MemoryCapture memory() {
        return MemoryCapture.builder().clock(clock).create();
    }

    private PipelineBuilder pipeline(MemoryCapture memory, int workers) {
        return Pipeline.from(memory.name())
                .workers(workers)
                .clock(clock)
                .correlate(correlator)
                .flows(FlowLimits.DEFAULT.withMaxFlows(1000))
                .classify((packet, flow) -> {
                    this.flow.set(flow);
                    return Verdict.CONTINUE;
                });
    }

    private static Attribution likely(String comm, int pid) {
        return new Attribution(
                "scripted", Certainty.LIKELY, new SocketOwner(pid, pid, 0, "LISTEN", pid, comm, "/"), null, "a guess");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void itIsAskedAgainWhileTheFlowIsYoungAndUnknown(int workers) {
        correlator.always().answer(Attribution.unknown("scripted", "not yet"));
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            int[] atMs = {0, 5, 20, 80, 320, 1280};
            correlator.awaitQuestions(1, PATIENCE);
            for (int attempt = 2; attempt <= 6; attempt++) {
                clock.advance(Duration.ofMillis(atMs[attempt - 1] - atMs[attempt - 2] - 1));
                clock.advance(Duration.ofMillis(1));
                correlator.awaitQuestions(attempt, PATIENCE);
            }
            clock.advance(Duration.ofSeconds(30));
            memory.inject(packet(2, 1)).await(PATIENCE);
            List<ScriptedCorrelator.Asked> asked = correlator.awaitQuestions(7, PATIENCE);
            for (int i = 0; i < 6; i++) {
                assertEquals(i + 1, asked.get(i).attempt());
                assertTrue(
                        asked.get(i).ageNs() >= atMs[i] * 1_000_000L,
                        asked.get(i).toString());
                assertEquals(
                        FlowKey.of(17, "10.0.0.1", 1025, "10.200.0.1", 80),
                        asked.get(i).key());
            }
            assertEquals(1, asked.get(6).attempt(), "the first flow is not asked about a seventh time");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aSurerAnswerReplacesOneThatIsLessSureAndOfTwoThatContradictTheFirstStays(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            correlator.awaitQuestions(1, PATIENCE);
            Flow asked = flow.get();
            assertEquals(Certainty.PENDING, asked.attribution().certainty());
            correlator.answer(asked.key(), Attribution.unknown("scripted", "no"));
            assertEquals(Certainty.UNKNOWN, asked.attribution().certainty());
            correlator.answer(asked.key(), likely("sshd", 1));
            assertEquals("sshd", asked.attribution().owner().comm());
            correlator.answer(asked.key(), likely("cron", 2));
            assertEquals("sshd", asked.attribution().owner().comm());
            assertEquals(1, pipeline.ledger().contradictions());
            correlator.answer(asked.key(), ScriptedCorrelator.process("curl", 9));
            assertEquals("curl", asked.attribution().owner().comm());
            correlator.answer(asked.key(), likely("sshd", 1));
            assertEquals("curl", asked.attribution().owner().comm());
            correlator.answer(asked.key(), ScriptedCorrelator.process("wget", 10));
            correlator.answer(asked.key(), ScriptedCorrelator.process("curl", 9));
            assertEquals("curl", asked.attribution().owner().comm());
            assertEquals(2, pipeline.ledger().contradictions());
            int questions = correlator.questions().size();
            clock.advance(Duration.ofSeconds(1));
            memory.inject(packet(2, 1)).await(PATIENCE);
            assertEquals(
                    questions + 1,
                    correlator.awaitQuestions(questions + 1, PATIENCE).size());
            pipeline.stop();
            assertEquals(1, correlator.closed());
            assertEndedInOrder(pipeline, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void oneThatThrowsIsNoAnswerAndTheNextIsStillAsked(int workers) {
        ScriptedCorrelator second = new ScriptedCorrelator();
        correlator.always().fail(new IllegalStateException("on purpose"));
        second.always().answer(ScriptedCorrelator.process("nc", 5));
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).correlate(second).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            eventually("an answer", () -> flow.get().attribution().isKnown());
            assertEquals("nc", flow.get().attribution().owner().comm());
            pipeline.stop();
            assertEquals(1, pipeline.ledger().attributions());
            assertEquals(1, correlator.closed());
            assertEquals(1, second.closed());
            assertEndedInOrder(pipeline, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theEndOfAFlowIsToldOnceAfterItsQuestions(int workers) {
        Queue<String> calls = new ConcurrentLinkedQueue<>();
        CountDownLatch free = new CountDownLatch(1);
        FlowCorrelator witness = new FlowCorrelator() {
            @Override
            public void correlate(List<? extends Question> questions) {
                questions.forEach(question -> calls.add("asked " + question.key()));
                Traffic.await(free);
            }

            @Override
            public void flowEnded(FlowKey key) {
                calls.add("ended " + key);
            }
        };
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .correlate(witness)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(16))
                        .open()) {
            pipeline.start();
            memory.injectAll(Traffic.flows(2000)).forEach(packet -> packet.await(PATIENCE));
            free.countDown();
            long ended = 2000 - flows(pipeline);
            eventually(
                    "all ends",
                    () -> calls.stream()
                                    .filter(call -> call.startsWith("ended"))
                                    .count()
                            == ended);
            Set<String> open = new HashSet<>();
            for (String call : List.copyOf(calls)) {
                String key = call.substring(6);
                if (call.startsWith("asked")) {
                    open.add(key);
                } else {
                    assertTrue(open.remove(key), () -> "told of the end, then asked, or told twice: " + key);
                }
            }
            assertEquals(2000 - ended, open.size());
        }
    }

    private static long flows(Pipeline pipeline) {
        return pipeline.ledger().workers().stream()
                .mapToLong(worker -> worker.flows())
                .sum();
    }

    @Test
    void tooManyNewFlowsAtOnceStayUnknownAndSayWhy() {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        correlator.always().react(question -> {
            entered.countDown();
            Traffic.await(free);
        });
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(Traffic.flows(70_000)).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .correlate(correlator)
                        .classify((packet, flow) -> {
                            Attribution attribution = flow.attribution();
                            if (attribution.certainty() == Certainty.UNKNOWN) {
                                assertTrue(attribution.explanation().contains("too many new flows"));
                                told.incrementAndGet();
                            }
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            memory.play(1);
            Traffic.await(entered);
            eventually("all decided", () -> pipeline.ledger().decisions().total() == 70_000);
            assertTrue(told.get() >= 70_000 - 65_536 - 256, "told " + told.get());
            assertTrue(told.get() < 70_000);
            free.countDown();
            pipeline.stop();
            assertEndedInOrder(pipeline, 70_000);
        }
    }

    @Test
    void oneThatNeverReturnsDelaysNoPacketAndNotTheEnd() {
        CountDownLatch free = new CountDownLatch(1);
        correlator.always().react(question -> Traffic.await(free));
        try (MemoryCapture memory = memory();
                Pipeline pipeline =
                        pipeline(memory, 0).closeTimeout(Duration.ofMillis(50)).open()) {
            pipeline.start();
            for (int i = 0; i < 10; i++) {
                memory.inject(packet(i, i)).await(PATIENCE);
            }
            pipeline.stop();
            assertEndedInOrder(pipeline, 10);
        } finally {
            free.countDown();
        }
    }
}
