package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.FlowLimits;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Pipeline;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.wrap.SlotAudit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sent, received and the ledger held against each other. A second verdict fails in the capture. */
@Timeout(60)
class OneVerdictTest {
    private static final int FLOWS = 1000;
    private static final Verdict FIVE = Verdict.ACCEPT.because("mixed", "five");

    /** Every kind of answer, by the packet's place in a round. */
    private static Verdict mixed(int number) {
        return switch (number % 10) {
            case 0 -> Verdict.DROP;
            case 1 -> Verdict.REJECT;
            case 2 -> Verdict.mark(5);
            case 3 -> throw new IllegalStateException("on purpose");
            case 4 -> null;
            case 5 -> FIVE;
            case 6 -> Verdict.ACCEPT_FLOW;
            case 7 -> Verdict.DROP_FLOW;
            default -> Verdict.CONTINUE;
        };
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "0,3", "2,3"})
    void packetsOfEveryKindByTheHundredThousand(int workers, int queues) {
        int rounds = 300;
        try (MemoryCapture memory = MemoryCapture.builder()
                        .queues(queues)
                        .replay(Traffic.flows(FLOWS))
                        .create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> mixed(number(packet)))
                        .open()) {
            memory.play(rounds);
            memory.end();
            pipeline.run();
            Ledger ledger = assertEndedInOrder(pipeline, (long) FLOWS * rounds);
            long each = FLOWS / 10L * rounds;
            long flows = FLOWS / 10L;
            Ledger.Decisions decisions = ledger.decisions();
            assertEquals(each, decisions.count(Outcome.DROPPED, Cause.CLASSIFIER) - flows);
            assertEquals(each, decisions.count(Outcome.REJECTED, Cause.CLASSIFIER));
            assertEquals(each, decisions.count(Outcome.MARKED, Cause.CLASSIFIER));
            assertEquals(2 * each, decisions.count(Outcome.ACCEPTED, Cause.CLASSIFIER_ERROR));
            assertEquals(each + flows, decisions.count(Outcome.ACCEPTED, Cause.CLASSIFIER));
            assertEquals(each - flows, decisions.count(Outcome.ACCEPTED, Cause.FLOW_VERDICT));
            assertEquals(each - flows, decisions.count(Outcome.DROPPED, Cause.FLOW_VERDICT));
            assertEquals(2 * each, decisions.count(Outcome.ACCEPTED, Cause.NO_OPINION));
            assertEquals(each, ledger.reasons().get(FIVE.reason()));
            assertEquals(1, ledger.reasons().size());
            assertEquals(
                    2 * each,
                    ledger.workers().stream()
                            .mapToLong(Ledger.WorkerCounts::classifierErrors)
                            .sum());
            assertEquals(2 * each, memory.verdicts(Verdict.Kind.DROP));
            assertEquals(6 * each, memory.verdicts(Verdict.Kind.ACCEPT));
            assertEquals(each, memory.verdicts(Verdict.Kind.REJECT));
            assertEquals(each, memory.verdicts(Verdict.Kind.MARK));
            assertEquals(
                    FLOWS,
                    ledger.workers().stream()
                            .mapToLong(Ledger.WorkerCounts::flowsCreated)
                            .sum());
        }
    }

    /** Holds, late answers, deadlines, errors and flow verdicts at once, with little room. */
    @ParameterizedTest
    @CsvSource({"0,false", "1,false", "3,false", "1,true", "3,true"})
    void underEverythingAtOnce(int workers, boolean deadline) {
        int packets = 20_000;
        List<InjectedPacket> injected = new ArrayList<>();
        Classifier holding = (packet, flow) -> {
            int number = number(packet);
            if (number % 97 == 3) {
                flow.resumption().decide(Verdict.CONTINUE);
            }
            return flow.packets() % 7 < 5 ? Verdict.HOLD : Verdict.CONTINUE;
        };
        Classifier second = (packet, flow) -> number(packet) % 3 == 0 ? Verdict.HOLD : Verdict.CONTINUE;
        Classifier changing = (packet, flow) -> {
            if (number(packet) % 11 != 0) {
                return Verdict.CONTINUE;
            }
            packet.replace(packet.capturedLength()).put(0, (byte) 1);
            return Verdict.REPLACE;
        };
        try (MemoryCapture memory =
                        MemoryCapture.builder().queues(2).pinsMemory(200).create();
                SlotAudit audit = SlotAudit.around(memory.name())) {
            var builder = Pipeline.from(audit.name())
                    .workers(workers)
                    .flows(FlowLimits.DEFAULT.withMaxFlows(64))
                    .classify(holding)
                    .classify((packet, flow) -> mixed(number(packet) % 50))
                    .classify(second)
                    .classify(changing);
            if (deadline) {
                builder.deadline(Duration.ofMillis(1), Verdict.DROP);
            }
            try (Pipeline pipeline = builder.open()) {
                pipeline.start();
                for (int i = 0; i < packets; i++) {
                    injected.add(memory.inject(Traffic.packet(i * 7919 % 301, i)));
                }
                pipeline.stop();
                for (InjectedPacket packet : injected) {
                    packet.await(Duration.ZERO);
                    assertTrue(packet.isReleased());
                }
                assertEquals(0, pipeline.ledger().held());
                assertEndedInOrder(pipeline, packets);
            }
            audit.assertClean();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatTheCaptureCannotCarryOutIsDoneAsNearAsItCan(int workers) {
        try (MemoryCapture memory = MemoryCapture.builder()
                        .carriesOut(Verdict.Kind.ACCEPT, Verdict.Kind.DROP)
                        .create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> switch (number(packet)) {
                            case 1 -> Verdict.REJECT;
                            case 2 -> Verdict.mark(1);
                            case 3 -> {
                                packet.replace(60);
                                yield Verdict.REPLACE;
                            }
                            default -> Verdict.DROP;
                        })
                        .onClassifierError(dev.weir.ErrorPolicy.DROP)
                        .open()) {
            assertEquals(Set.of(Verdict.Kind.ACCEPT, Verdict.Kind.DROP), pipeline.carriesOut());
            pipeline.start();
            assertEquals(Verdict.DROP, memory.inject(Traffic.packet(1, 1)).await(PATIENCE));
            assertEquals(Verdict.ACCEPT, memory.inject(Traffic.packet(1, 2)).await(PATIENCE));
            assertEquals(Verdict.DROP, memory.inject(Traffic.packet(1, 3)).await(PATIENCE));
            pipeline.stop();
            Ledger ledger = assertEndedInOrder(pipeline, 3);
            assertEquals(3, ledger.unsupported());
            assertEquals(1, ledger.decisions().count(Outcome.DROPPED, Cause.CLASSIFIER_ERROR));
            assertEquals(1, ledger.decisions().count(Outcome.DROPPED, Cause.CLASSIFIER));
            assertEquals(1, ledger.decisions().count(Outcome.ACCEPTED, Cause.CLASSIFIER));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aVerdictThatTheKernelRefusesIsCountedAndThePacketGivenBack(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).workers(workers).open()) {
            pipeline.start();
            InjectedPacket refused =
                    memory.prepare(Traffic.packet(1, 1)).refusingVerdict().inject();
            refused.awaitReleased(PATIENCE);
            memory.inject(Traffic.packet(1, 2)).await(PATIENCE);
            pipeline.stop();
            assertEquals(1, pipeline.ledger().unsupported());
            assertEndedInOrder(pipeline, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aReplacementWithoutBytesIsAnErrorOfTheClassifierNotTheEnd(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> number(packet) == 1 ? Verdict.REPLACE : Verdict.CONTINUE)
                        .onClassifierError(dev.weir.ErrorPolicy.DROP)
                        .open()) {
            pipeline.start();
            assertEquals(Verdict.DROP, memory.inject(Traffic.packet(1, 1)).await(PATIENCE));
            assertEquals(Verdict.ACCEPT, memory.inject(Traffic.packet(1, 2)).await(PATIENCE));
            pipeline.stop();
            assertEquals(1, Traffic.count(pipeline, Cause.CLASSIFIER_ERROR));
            assertEndedInOrder(pipeline, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void reasonsAreCountedApartUpToABound(int workers) {
        int reasons = 66_000;
        Verdict[] verdicts = new Verdict[reasons];
        for (int i = 0; i < reasons; i++) {
            verdicts[i] = Verdict.ACCEPT.because("rules", "rule " + i);
        }
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(Traffic.flows(1)).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> verdicts[(int) (flow.packets() - 1) % reasons])
                        .open()) {
            memory.play(2L * reasons);
            memory.end();
            pipeline.run();
            Ledger ledger = assertEndedInOrder(pipeline, 2L * reasons);
            assertEquals(65_536 + 1, ledger.reasons().size());
            assertEquals(2L * (reasons - 65_536), ledger.reasons().get(Reason.OTHER));
            assertEquals(2, ledger.reasons().get(new Reason("rules", "rule 17")));
        }
    }
}
