package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.number;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.Flow;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.OverloadPolicy;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.ScriptedCorrelator;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HoldTest {
    private final List<Long> order = Collections.synchronizedList(new ArrayList<>());
    private final List<Integer> seenByNext = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<Flow> flow = new AtomicReference<>();

    /** Time stamps are the packets' numbers, so the listener sees the order in which verdicts are carried out. */
    private PipelineBuilder pipeline(MemoryCapture memory, int workers) {
        return Pipeline.from(memory.name()).workers(workers).listen(decision -> order.add(decision.timestampNs()));
    }

    private static InjectedPacket inject(MemoryCapture memory, int number) {
        return memory.prepare(packet(1, number)).timestampNs(number).inject();
    }

    private static void awaitHeld(Pipeline pipeline, int packets) {
        eventually(packets + " held packets", () -> pipeline.ledger().held() == packets);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aStreamClassifierDecidesWithItsThirdPacketForAllThatItHolds(int workers) {
        for (Verdict verdict : List.of(Verdict.ACCEPT, Verdict.DROP, Verdict.REJECT, Verdict.mark(7))) {
            order.clear();
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = pipeline(memory, workers)
                            .classify((packet, flow) -> flow.packets() < 3 ? Verdict.HOLD : verdict)
                            .open()) {
                pipeline.start();
                InjectedPacket first = inject(memory, 1);
                InjectedPacket second = inject(memory, 2);
                awaitHeld(pipeline, 2);
                assertNull(first.verdict());
                assertNull(second.verdict());
                InjectedPacket third = inject(memory, 3);
                for (InjectedPacket packet : List.of(first, second, third)) {
                    assertEquals(verdict, packet.await(PATIENCE));
                    packet.awaitReleased(PATIENCE);
                }
                assertEquals(0, pipeline.ledger().held());
                pipeline.stop();
                assertEquals(3, count(pipeline, Cause.CLASSIFIER));
                assertEndedInOrder(pipeline, 3);
                if (verdict.kind() != Verdict.Kind.DROP && verdict.kind() != Verdict.Kind.REJECT) {
                    assertEquals(List.of(1L, 2L, 3L), order);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void withoutAnOpinionItPassesWhatItHeldOnToTheNextClassifierInOrder(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> flow.packets() < 4 ? Verdict.HOLD : Verdict.CONTINUE)
                        .classify((packet, flow) -> {
                            seenByNext.add(number(packet));
                            return number(packet) == 2 ? Verdict.DROP : Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                packets.add(inject(memory, i));
            }
            Traffic.awaitAll(packets);
            assertEquals(List.of(1, 2, 3, 4), seenByNext);
            assertEquals(Verdict.DROP, packets.get(1).verdict());
            assertEquals(Verdict.ACCEPT, packets.get(0).verdict());
            pipeline.stop();
            assertEquals(List.of(1L, 2L, 3L, 4L), order);
            assertEndedInOrder(pipeline, 4);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void twoThatHoldStandInAChain(int workers) {
        List<Integer> seenByFirst = Collections.synchronizedList(new ArrayList<>());
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            seenByFirst.add(number(packet));
                            return flow.packets() < 3 ? Verdict.HOLD : Verdict.CONTINUE;
                        })
                        .classify((packet, flow) -> {
                            seenByNext.add(number(packet));
                            return flow.packets() < 5 ? Verdict.HOLD : Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                packets.add(inject(memory, i));
            }
            awaitHeld(pipeline, 4);
            assertEquals(List.of(1, 2, 3, 4), seenByNext);
            packets.add(inject(memory, 5));
            Traffic.awaitAll(packets);
            pipeline.stop();
            assertEquals(List.of(1, 2, 3, 4, 5), seenByFirst);
            assertEquals(List.of(1, 2, 3, 4, 5), seenByNext);
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), order);
            assertEndedInOrder(pipeline, 5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aDecidedPacketWaitsBehindHeldOnesButADropDoesNot(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            return switch (number(packet)) {
                                case 2 -> Verdict.ACCEPT;
                                case 3 -> Verdict.DROP;
                                default -> Verdict.CONTINUE;
                            };
                        })
                        .classify((packet, flow) -> number(packet) == 1 ? Verdict.HOLD : Verdict.CONTINUE)
                        .open()) {
            pipeline.start();
            InjectedPacket held = inject(memory, 1);
            InjectedPacket waiting = inject(memory, 2);
            InjectedPacket dropped = inject(memory, 3);
            assertEquals(Verdict.DROP, dropped.await(PATIENCE));
            dropped.awaitReleased(PATIENCE);
            assertNull(held.verdict());
            assertNull(waiting.verdict(), "it would overtake the held one");
            flow.get().resumption().decide(Verdict.mark(1));
            assertEquals(Verdict.mark(1), held.await(PATIENCE));
            assertEquals(Verdict.ACCEPT, waiting.await(PATIENCE));
            pipeline.stop();
            assertEquals(List.of(3L, 1L, 2L), order);
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void changedBytesAreThoseOfOnePacketTheOthersThatWaitedPass(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            if (flow.packets() < 3) {
                                return Verdict.HOLD;
                            }
                            packet.replace(packet.capturedLength()).put(0, (byte) 0x55);
                            return Verdict.REPLACE;
                        })
                        .open()) {
            pipeline.start();
            InjectedPacket first = inject(memory, 1);
            InjectedPacket second = inject(memory, 2);
            InjectedPacket third = inject(memory, 3);
            assertEquals(Verdict.REPLACE, third.await(PATIENCE));
            assertEquals(0x55, third.output()[0]);
            assertEquals(Verdict.Kind.ACCEPT, first.await(PATIENCE).kind());
            assertEquals(Verdict.Kind.ACCEPT, second.await(PATIENCE).kind());
            assertArrayEquals(packet(1, 2), second.output());
            pipeline.stop();
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aVerdictForTheFlowReleasesWhatAnotherClassifierHolds(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> number(packet) == 3 ? Verdict.DROP_FLOW : Verdict.CONTINUE)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                packets.add(inject(memory, i));
            }
            for (InjectedPacket packet : packets) {
                assertEquals(Verdict.DROP_FLOW, packet.await(PATIENCE));
            }
            pipeline.stop();
            assertEquals(1, count(pipeline, Cause.FLOW_VERDICT));
            assertEndedInOrder(pipeline, 4);
        }
    }

    /** The first packet, passed on by the first classifier, decides the flow: the packet that let it go is decided too. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aHeldPacketThatDecidesTheFlowDecidesTheOneThatSetItFree(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> flow.packets() < 3 ? Verdict.HOLD : Verdict.CONTINUE)
                        .classify((packet, flow) -> {
                            seenByNext.add(number(packet));
                            return number(packet) == 1 ? Verdict.DROP_FLOW : Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            for (InjectedPacket packet : List.of(inject(memory, 1), inject(memory, 2), inject(memory, 3))) {
                assertEquals(Verdict.DROP_FLOW, packet.await(PATIENCE));
            }
            assertEquals(List.of(1), seenByNext);
            pipeline.stop();
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void reconsiderAsksAgainWithTheOldestAndTheRestFollowsInOrder(int workers) {
        AtomicBoolean known = new AtomicBoolean();
        List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            asked.add(number(packet));
                            return known.get() ? Verdict.CONTINUE : Verdict.HOLD;
                        })
                        .classify((packet, flow) -> {
                            seenByNext.add(number(packet));
                            return Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = List.of(inject(memory, 1), inject(memory, 2), inject(memory, 3));
            awaitHeld(pipeline, 3);
            flow.get().resumption().reconsider();
            eventually("a second question", () -> asked.size() == 4);
            assertEquals(3, pipeline.ledger().held());
            known.set(true);
            flow.get().resumption().reconsider();
            Traffic.awaitAll(packets);
            assertEquals(List.of(1, 2, 3, 1, 1), asked);
            assertEquals(List.of(1, 2, 3), seenByNext);
            pipeline.stop();
            assertEquals(List.of(1L, 2L, 3L), order);
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsDecidedWhenAskedAgainHoldsForAllThatItKeeps(int workers) {
        AtomicBoolean known = new AtomicBoolean();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            return known.get() ? Verdict.DROP : Verdict.HOLD;
                        })
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = List.of(inject(memory, 1), inject(memory, 2), inject(memory, 3));
            awaitHeld(pipeline, 3);
            known.set(true);
            flow.get().resumption().reconsider();
            packets.forEach(packet -> assertEquals(Verdict.DROP, packet.await(PATIENCE)));
            pipeline.stop();
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aClassifierThatThrowsWhenAskedAgainDecidesThatPacketAlone(int workers) {
        AtomicBoolean throwing = new AtomicBoolean();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            if (throwing.getAndSet(false)) {
                                throw new IllegalStateException("on purpose");
                            }
                            return Verdict.HOLD;
                        })
                        .open()) {
            pipeline.start();
            InjectedPacket first = inject(memory, 1);
            InjectedPacket second = inject(memory, 2);
            awaitHeld(pipeline, 2);
            throwing.set(true);
            flow.get().resumption().reconsider();
            assertEquals(Verdict.ACCEPT, first.await(PATIENCE));
            assertEquals(1, pipeline.ledger().held());
            assertNull(second.verdict());
            pipeline.stop();
            assertEquals(1, count(pipeline, Cause.CLASSIFIER_ERROR));
            assertEquals(1, count(pipeline, Cause.STOP));
            assertEndedInOrder(pipeline, 2);
        }
    }

    /** The answer may come before the classifier has even said that it waits for one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anAnswerThatComesWhileTheClassifierIsStillBeingAskedIsNotLost(int workers) {
        AtomicBoolean asked = new AtomicBoolean();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            if (number(packet) == 1) {
                                elsewhere(() -> flow.resumption().decide(Verdict.DROP));
                                return Verdict.HOLD;
                            }
                            if (asked.compareAndSet(false, true)) {
                                elsewhere(() -> flow.resumption().reconsider());
                                return Verdict.HOLD;
                            }
                            return Verdict.mark(2);
                        })
                        .open()) {
            pipeline.start();
            assertEquals(Verdict.DROP, inject(memory, 1).await(PATIENCE));
            assertEquals(Verdict.mark(2), inject(memory, 2).await(PATIENCE));
            pipeline.stop();
            assertEndedInOrder(pipeline, 2);
        }
    }

    private static void elsewhere(Runnable action) {
        Thread thread = new Thread(action);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aResumptionDecidesFromOutsideAndDoesNothingWhenThereIsNothingLeft(int workers) {
        Flow seen;
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            return Verdict.HOLD;
                        })
                        .classify((packet, flow) -> {
                            seenByNext.add(number(packet));
                            return Verdict.mark(9);
                        })
                        .open()) {
            pipeline.start();
            InjectedPacket first = inject(memory, 1);
            InjectedPacket second = inject(memory, 2);
            awaitHeld(pipeline, 2);
            seen = flow.get();
            seen.resumption().decide(Verdict.CONTINUE);
            assertEquals(Verdict.mark(9), first.await(PATIENCE));
            assertEquals(Verdict.mark(9), second.await(PATIENCE));
            assertEquals(List.of(1, 2), seenByNext);
            assertThrows(IllegalArgumentException.class, () -> seen.resumption().decide(Verdict.HOLD));
            assertThrows(IllegalArgumentException.class, () -> seen.resumption().decide(Verdict.REPLACE));
            seen.resumption().decide(Verdict.DROP_FLOW);
            eventually("a verdict for the flow", () -> seen.verdict() == Verdict.DROP_FLOW);
            assertEquals(Verdict.DROP_FLOW, inject(memory, 3).await(PATIENCE));
            pipeline.stop();
            assertEquals(1, count(pipeline, Outcome.DROPPED, Cause.FLOW_VERDICT));
            assertEndedInOrder(pipeline, 3);
        }
        seen.resumption().reconsider();
        seen.resumption().decide(Verdict.ACCEPT);
        seen.resumption().decide(Verdict.CONTINUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aLateAnswerOfTheCorrelatorWakesWhatWaitsForIt(int workers) {
        ScriptedCorrelator correlator = new ScriptedCorrelator();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .correlate(correlator)
                        .classify((packet, flow) -> {
                            this.flow.set(flow);
                            return !flow.attribution().isKnown()
                                    ? Verdict.HOLD
                                    : flow.attribution().owner().comm().equals("nc") ? Verdict.DROP : Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            InjectedPacket first = inject(memory, 1);
            InjectedPacket second = inject(memory, 2);
            awaitHeld(pipeline, 2);
            correlator.awaitQuestions(1, PATIENCE);
            correlator.answer(flow.get().key(), ScriptedCorrelator.process("nc", 77));
            assertEquals(Verdict.DROP, first.await(PATIENCE));
            assertEquals(Verdict.DROP, second.await(PATIENCE));
            pipeline.stop();
            assertEndedInOrder(pipeline, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsHeldIsCopiedWhereItWouldPinMemoryThatOthersNeed(int workers) {
        int packets = 200;
        List<byte[]> contents = Collections.synchronizedList(new ArrayList<>());
        try (MemoryCapture memory = MemoryCapture.builder().pinsMemory(4).create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) -> flow.packets() < packets ? Verdict.HOLD : Verdict.CONTINUE)
                        .classify((packet, flow) -> {
                            contents.add(packet.bytes().toByteArray());
                            assertEquals(1024 + 1, packet.headers().sourcePort());
                            return Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            List<InjectedPacket> injected = new ArrayList<>();
            for (int i = 1; i < packets; i++) {
                injected.add(inject(memory, i));
            }
            awaitHeld(pipeline, packets - 1);
            injected.add(inject(memory, packets));
            for (int i = 0; i < packets; i++) {
                injected.get(i).await(PATIENCE);
                injected.get(i).awaitReleased(PATIENCE);
                assertArrayEquals(packet(1, i + 1), contents.get(i));
            }
            pipeline.stop();
            assertEndedInOrder(pipeline, packets);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void packetsThatAreNotIpCanBeHeldToo(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .classify((packet, flow) ->
                                flow.isIp() ? Verdict.CONTINUE : flow.packets() < 2 ? Verdict.HOLD : Verdict.DROP)
                        .open()) {
            pipeline.start();
            InjectedPacket held = memory.inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"));
            awaitHeld(pipeline, 1);
            assertEquals(Verdict.ACCEPT, inject(memory, 1).await(PATIENCE));
            InjectedPacket second = memory.inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.3"));
            assertEquals(Verdict.DROP, held.await(PATIENCE));
            assertEquals(Verdict.DROP, second.await(PATIENCE));
            pipeline.stop();
            assertEndedInOrder(pipeline, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsHeldCountsAgainstTheBound(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers)
                        .inFlight(8, 1 << 20, OverloadPolicy.FAIL_CLOSED)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 1; i <= 8; i++) {
                packets.add(inject(memory, i));
            }
            awaitHeld(pipeline, 8);
            assertEquals(Verdict.DROP, inject(memory, 9).await(PATIENCE));
            assertEquals(1, count(pipeline, Outcome.DROPPED, Cause.OVERLOAD));
            pipeline.stop();
            packets.forEach(packet -> assertEquals(Verdict.ACCEPT, packet.verdict()));
            assertEquals(8, count(pipeline, Cause.STOP));
            assertEndedInOrder(pipeline, 9);
        }
    }

    @Test
    void oneFlowThatHoldsDoesNotStopAnother() {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify((packet, flow) -> Traffic.flow(packet) == 1 ? Verdict.HOLD : Verdict.CONTINUE)
                        .open()) {
            pipeline.start();
            InjectedPacket held = memory.inject(packet(1, 1));
            assertEquals(Verdict.ACCEPT, memory.inject(packet(2, 1)).await(PATIENCE));
            assertNull(held.verdict());
        }
    }
}
