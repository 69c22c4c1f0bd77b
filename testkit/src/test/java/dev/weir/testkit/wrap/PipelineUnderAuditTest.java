package dev.weir.testkit.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Ledger;
import dev.weir.Loss;
import dev.weir.OverloadPolicy;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine gives every packet back exactly once, whatever its classifiers and its capture do. */
@Timeout(60)
class PipelineUnderAuditTest {
    private static final int PACKETS = 5_000;

    /** Holds, drops, replaces, throws and passes, by the number of the packet. */
    private static final class Mixed implements Classifier {
        @Override
        public Verdict classify(Packet packet, dev.weir.Flow flow) {
            int number = NumberedFrames.number(packet);
            switch (Math.floorMod(number, 11)) {
                case 1, 2, 3:
                    return Verdict.DROP;
                case 4:
                    packet.replace(60).put(0, (byte) 7);
                    return Verdict.REPLACE;
                case 5:
                    throw new IllegalStateException("a classifier that throws");
                case 6:
                    // held until a packet of the same flow comes by that decides, or the pipeline stops
                    return packet.isHeld() ? Verdict.ACCEPT : Verdict.HOLD;
                case 7:
                    return Verdict.mark(9);
                case 8:
                    return number % 5 == 0 ? Verdict.DROP_FLOW : Verdict.CONTINUE;
                case 9:
                    return Verdict.REJECT;
                default:
                    return Verdict.CONTINUE;
            }
        }
    }

    private static Ledger runToTheEnd(String capture, int workers) {
        PipelineBuilder builder = Pipeline.from(capture)
                .workers(workers)
                .classifyPerWorker(Mixed::new)
                .inFlight(2_000, 64 << 20, OverloadPolicy.FAIL_OPEN);
        if (workers > 0) {
            builder.deadline(Duration.ofMillis(50), Verdict.DROP);
        }
        try (Pipeline pipeline = builder.open()) {
            pipeline.run();
            Ledger ledger = pipeline.ledger();
            assertTrue(ledger.isBalanced(), ledger::toString);
            return ledger;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void everyPacketIsDecidedAndReleasedOnce(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                SlotAudit audit = SlotAudit.around(memory.name())) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(0, PACKETS));
            memory.end();
            assertEquals(PACKETS, runToTheEnd(audit.name(), workers).received());
            assertEquals(PACKETS, audit.lent());
            packets.forEach(packet -> assertEquals(InjectedPacket.Fate.DECIDED, packet.fate(), packet::toString));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void memoryThatIsPinnedIsDetachedWhileHeld(int workers) {
        try (MemoryCapture memory =
                        MemoryCapture.builder().queues(2).pinsMemory(256).create();
                SlotAudit audit = SlotAudit.around(memory.name())) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(0, PACKETS));
            memory.end();
            assertEquals(PACKETS, runToTheEnd(audit.name(), workers).received());
            packets.forEach(packet -> assertTrue(packet.isReleased(), packet::toString));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void faultsOfTheCaptureLoseNoPacketTwice(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty = FaultyCapture.around(memory.name())
                        .seed(4711)
                        .drop(0.02)
                        .duplicate(0.02)
                        .reorder(0.02, 5)
                        .corrupt(0.02)
                        .stallAt(100, Duration.ofMillis(20))
                        .create();
                SlotAudit audit = SlotAudit.around(faulty.name())) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(0, PACKETS));
            memory.end();
            Ledger ledger = runToTheEnd(audit.name(), workers);
            assertEquals(faulty.count(FaultyCapture.Fault.DROP), ledger.lost(Loss.INJECTED));
            assertEquals(
                    PACKETS + faulty.count(FaultyCapture.Fault.DUPLICATE),
                    ledger.received() + ledger.lost(Loss.INJECTED));
            packets.forEach(packet -> assertTrue(packet.isReleased(), packet::toString));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aCaptureThatFailsStillHasEverythingGivenBack(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty = FaultyCapture.around(memory.name())
                        .failAt(1_000, new WeirException("the link is gone"))
                        .create();
                SlotAudit audit = SlotAudit.around(faulty.name())) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(0, PACKETS));
            try (Pipeline pipeline = Pipeline.from(audit.name())
                    .workers(workers)
                    .classifyPerWorker(Mixed::new)
                    .open()) {
                WeirException failure = assertThrows(WeirException.class, pipeline::run);
                assertTrue(failure.getMessage().contains("the link is gone"), failure.getMessage());
                assertEquals(Pipeline.State.FAILED, pipeline.state());
                assertEquals(999, pipeline.ledger().received());
                assertEquals(0, pipeline.ledger().inFlight());
            }
            packets.subList(0, 999).forEach(packet -> assertTrue(packet.isReleased(), packet::toString));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void stoppingInTheMiddleDecidesWhatIsHeld(int workers) throws InterruptedException {
        try (MemoryCapture memory = MemoryCapture.create();
                SlotAudit audit = SlotAudit.around(memory.name())) {
            List<InjectedPacket> packets;
            CountDownLatch seen = new CountDownLatch(100);
            try (Pipeline pipeline = Pipeline.from(audit.name())
                    .workers(workers)
                    .classify((packet, flow) -> {
                        seen.countDown();
                        return Verdict.HOLD;
                    })
                    .otherwise(Verdict.DROP)
                    .open()) {
                pipeline.start();
                packets = memory.injectAll(NumberedFrames.frames(0, 300));
                assertTrue(seen.await(20, TimeUnit.SECONDS));
                pipeline.stop();
                assertTrue(
                        pipeline.ledger().isBalanced(), () -> pipeline.ledger().toString());
            }
            packets.stream()
                    .filter(packet -> packet.fate() != InjectedPacket.Fate.NOT_CAPTURED)
                    .forEach(packet -> {
                        assertEquals(Verdict.Kind.DROP, packet.verdict().kind(), packet::toString);
                        assertTrue(packet.isReleased(), packet::toString);
                    });
        }
    }

    @Test
    void aClassifierThatKeepsAPacketIsFound() {
        AtomicReference<Packet> kept = new AtomicReference<>();
        AtomicReference<RuntimeException> caught = new AtomicReference<>();
        try (MemoryCapture memory = MemoryCapture.create();
                SlotAudit audit = SlotAudit.around(memory.name());
                Pipeline pipeline = Pipeline.from(audit.name())
                        .classify((packet, flow) -> {
                            Packet before = kept.getAndSet(packet);
                            if (before != null) {
                                try {
                                    before.bytes().u8(0);
                                } catch (IndexOutOfBoundsException e) {
                                    caught.set(e);
                                }
                            }
                            return Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            memory.inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2))
                    .awaitReleased(Duration.ofSeconds(10));
            memory.inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2))
                    .awaitReleased(Duration.ofSeconds(10));
        }
        assertFalse(caught.get() == null, "it read a packet that was gone, and was told");
    }

    @Test
    void theStandaloneCaptureGivesEverythingBackToo() {
        try (MemoryCapture memory = MemoryCapture.create();
                SlotAudit audit = SlotAudit.around(memory.name())) {
            memory.injectAll(NumberedFrames.frames(0, 300));
            memory.end();
            int received = 0;
            try (dev.weir.Capture capture = dev.weir.Capture.open(audit.name(), Map.of())) {
                List<Packet> batch;
                while ((batch = capture.receive(Duration.ofSeconds(1))) != null) {
                    for (Packet packet : batch) {
                        if (++received % 3 != 0) { // the rest is left to close
                            capture.finish(packet, Verdict.DROP);
                        }
                    }
                }
            }
            assertEquals(300, received);
            assertEquals(200, memory.verdicts(Verdict.Kind.DROP));
            assertEquals(100, memory.verdicts(Verdict.Kind.ACCEPT));
        }
    }
}
