package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScriptedCorrelatorTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final FlowKey KEY = FlowKey.of(Protocols.TCP, "10.0.0.1", 4711, "10.0.0.2", 80);
    private static final Attribution CURL = ScriptedCorrelator.process("curl", 4711);
    private static final Attribution WGET = ScriptedCorrelator.process("wget", 4712);

    private final ScriptedCorrelator correlator = new ScriptedCorrelator();

    /** A question as an engine would ask it. */
    private static final class Asked implements FlowCorrelator.Question {
        private final FlowKey key;
        private final int attempt;
        private final List<Attribution> answers = new ArrayList<>();

        Asked(FlowKey key, int attempt) {
            this.key = key;
            this.attempt = attempt;
        }

        @Override
        public FlowKey key() {
            return key;
        }

        @Override
        public long flowId() {
            return 1;
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public long ageNs() {
            return 5_000_000;
        }

        @Override
        public void answer(Attribution attribution) {
            answers.add(attribution);
        }
    }

    private Asked ask(FlowKey key, int attempt) {
        Asked question = new Asked(key, attempt);
        correlator.correlate(List.of(question));
        return question;
    }

    @Test
    void theFirstScriptThatFitsIsFollowed() {
        correlator.when(question -> question.attempt() < 3).ignore();
        correlator.when(KEY.reversed()).answer(CURL);
        correlator.always().answer(CURL, WGET);

        assertEquals(List.of(), ask(KEY, 2).answers);
        assertEquals(List.of(CURL), ask(KEY, 3).answers);
        assertEquals(
                List.of(CURL, WGET),
                ask(FlowKey.of(Protocols.UDP, "10.0.0.1", 1, "10.0.0.2", 2), 3).answers,
                "a contradiction");
        assertEquals(
                List.of(2, 3, 3),
                correlator.questions().stream()
                        .map(ScriptedCorrelator.Asked::attempt)
                        .toList());
    }

    @Test
    void aLateAnswerComesWhenTheClockSaysSo() {
        MovableClock clock = new MovableClock();
        correlator.always().answerAfter(Duration.ofMillis(2), clock, CURL);
        Asked question = ask(KEY, 1);

        clock.advance(Duration.ofMillis(1));
        assertEquals(List.of(), question.answers);
        clock.advance(Duration.ofMillis(1));
        clock.advance(Duration.ofMillis(1));
        assertEquals(List.of(CURL), question.answers, "once");
    }

    @Test
    void theTestAnswersAnOpenQuestionItself() {
        Asked question = ask(KEY, 1);
        correlator.answer(KEY.reversed(), WGET);

        assertEquals(List.of(WGET), question.answers);
        FlowKey other = FlowKey.of(Protocols.UDP, "::1", 1, "::2", 2);
        assertThrows(AssertionError.class, () -> correlator.answer(other, WGET));
    }

    @Test
    void itFailsAsTold() {
        IllegalStateException failure = new IllegalStateException("no kernel today");
        correlator.always().fail(failure);

        assertSame(failure, assertThrows(IllegalStateException.class, () -> ask(KEY, 1)));
        assertEquals(1, correlator.questions().size(), "the question is written down all the same");
    }

    @Test
    void aPipelineAsksAndItsFlowsLearnTheAnswer() throws Exception {
        correlator.when(question -> question.attempt() < 2).ignore();
        correlator.always().answer(CURL);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .correlate(correlator)
                        .classify((packet, flow) -> !flow.attribution().isKnown()
                                ? Verdict.HOLD
                                : flow.attribution().owner().comm().equals("curl") ? Verdict.DROP : Verdict.ACCEPT)
                        .open()) {
            pipeline.start();
            InjectedPacket packet = memory.inject(PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .tcp(4711, 80)
                    .syn());
            assertEquals(Verdict.Kind.DROP, packet.await(SOON).kind(), "held until the answer was there");
            List<ScriptedCorrelator.Asked> asked = correlator.awaitQuestions(2, SOON);
            assertEquals(KEY, asked.get(0).key());
            assertTrue(asked.get(1).ageNs() >= asked.get(0).ageNs());
        }
        assertEquals(1, correlator.closed());
    }

    @Test
    void aNameMakesItFindable() {
        try (ScriptedCorrelator named = new ScriptedCorrelator("by-name");
                MemoryCapture memory = MemoryCapture.create()) {
            named.always().answer(CURL);
            try (Pipeline pipeline = Pipeline.from(memory.name())
                    .correlate("scripted", Map.of("name", "by-name"))
                    .open()) {
                pipeline.start();
                memory.inject(PacketBuilder.ethernet()
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .udp(1, 2))
                        .await(SOON);
                assertFalse(named.awaitQuestions(1, SOON).isEmpty());
            }
        }
        assertThrows(WeirException.class, () -> ScriptedCorrelator.find("by-name"));
    }
}
