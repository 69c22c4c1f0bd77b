package dev.weir.testkit.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.wrap.FaultyCapture.Fault;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class FaultyCaptureTest {
    /** What arrives of frames 1 to {@code count}, and the fate of each checked. */
    private static List<Integer> arriving(int count, UnaryOperator<FaultyCapture.Builder> faults) {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty =
                        faults.apply(FaultyCapture.around(memory.name())).create()) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(1, count));
            memory.end();
            List<Integer> numbers;
            try (CaptureSource source = Bench.open(new FaultyCaptureProvider(), faulty.name())) {
                numbers = Bench.acceptAll(source.queues().get(0));
                assertEquals(faulty.count(Fault.DROP), source.queues().get(0).lost(Loss.INJECTED), "drops are counted");
            }
            for (InjectedPacket packet : packets) {
                assertEquals(InjectedPacket.Fate.DECIDED, packet.fate(), packet::toString);
                assertTrue(packet.isReleased(), packet::toString);
            }
            return numbers;
        }
    }

    @Test
    void chosenPacketsAreDroppedDoubledAndMoved() {
        assertEquals(List.of(1, 3, 4), arriving(4, faulty -> faulty.dropAt(2)));
        assertEquals(List.of(1, 2, 2, 3), arriving(3, faulty -> faulty.duplicateAt(2)));
        assertEquals(List.of(1, 3, 4, 2, 5), arriving(5, faulty -> faulty.reorderAt(2, 2)));
        assertEquals(List.of(1, 2, 3), arriving(3, faulty -> faulty.reorderAt(3, 10)), "nothing came to overtake it");
    }

    @Test
    void chanceDependsOnTheSeedAlone() {
        UnaryOperator<FaultyCapture.Builder> faults =
                faulty -> faulty.drop(0.1).duplicate(0.1).reorder(0.1, 3).corrupt(0.05);
        List<Integer> first = arriving(2_000, faulty -> faults.apply(faulty.seed(1)));
        List<Integer> again = arriving(2_000, faulty -> faults.apply(faulty.seed(1)));
        List<Integer> other = arriving(2_000, faulty -> faults.apply(faulty.seed(2)));

        assertEquals(first, again);
        assertNotEquals(first, other);
    }

    @Test
    void oneKindOfFaultDoesNotMoveAnother() {
        List<Integer> alone = arriving(500, faulty -> faulty.seed(7).drop(0.2));
        List<Integer> together =
                arriving(500, faulty -> faulty.seed(7).drop(0.2).duplicate(0.3));

        assertEquals(alone, together.stream().distinct().toList());
    }

    @Test
    void corruptionFlipsOneBitOfACopyAndTheVerdictReachesTheOriginal() {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty =
                        FaultyCapture.around(memory.name()).corruptAt(1).create();
                CaptureSource source = Bench.open(new FaultyCaptureProvider(), faulty.name())) {
            byte[] frame = NumberedFrames.frame(1);
            InjectedPacket packet = memory.inject(frame);
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[1];
            assertEquals(1, queue.receive(slots, 1));
            byte[] seen = slots[0].bytes().toByteArray();
            int flipped = 0;
            for (int i = 0; i < frame.length; i++) {
                flipped += Integer.bitCount((frame[i] ^ seen[i]) & 0xff);
            }
            assertEquals(1, flipped);

            slots[0].replace(3).put(0, new byte[] {1, 2, 3});
            queue.verdict(slots[0], Verdict.REPLACE);
            queue.release(slots[0]);
            assertArrayEquals(new byte[] {1, 2, 3}, packet.output());
        }
    }

    @Test
    void aFailureComesInPlaceOfItsPacketAndStays() {
        WeirException cause = new WeirException("the link is gone");
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty =
                        FaultyCapture.around(memory.name()).failAt(3, cause).create();
                CaptureSource source = Bench.open(new FaultyCaptureProvider(), faulty.name())) {
            List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(1, 5));
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[8];

            assertEquals(2, queue.receive(slots, 8));
            assertSame(cause, assertThrows(WeirException.class, () -> queue.receive(new Slot[8], 8)));
            assertSame(cause, assertThrows(WeirException.class, () -> queue.receive(new Slot[8], 8)));
            assertEquals(1, NumberedFrames.number(slots[0]), "what was lent stays valid");
            for (int i = 0; i < 2; i++) {
                queue.verdict(slots[i], Verdict.ACCEPT);
                queue.release(slots[i]);
            }
            assertEquals(3, queue.lost(Loss.INJECTED));
            packets.forEach(packet -> assertTrue(packet.isReleased(), packet::toString));
        }
    }

    @Test
    void aStallHoldsBackWhatFollowsUntilItsTimeIsOver() {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty = FaultyCapture.around(memory.name())
                        .stallAt(2, Duration.ofMillis(60))
                        .create();
                CaptureSource source = Bench.open(new FaultyCaptureProvider(), faulty.name())) {
            memory.injectAll(NumberedFrames.frames(1, 2));
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[8];

            assertEquals(1, queue.receive(slots, 8));
            assertEquals(0, queue.receive(slots, 8));
            long start = System.nanoTime();
            int turns = 0;
            while (queue.receive(slots, 8) == 0) {
                queue.await(10_000_000_000L);
                turns++;
            }
            long took = System.nanoTime() - start;
            assertTrue(took > 30_000_000L && took < 5_000_000_000L, took + " ns");
            assertTrue(turns < 10, "it slept, and looked " + turns + " times");
        }
    }

    @Test
    void theTestStallsAndProceeds() throws InterruptedException {
        try (MemoryCapture memory = MemoryCapture.create();
                FaultyCapture faulty = FaultyCapture.around(memory.name()).create();
                CaptureSource source = Bench.open(new FaultyCaptureProvider(), faulty.name())) {
            memory.inject(NumberedFrames.frame(1));
            faulty.stall();
            CaptureQueue queue = source.queues().get(0);
            assertEquals(0, queue.receive(new Slot[8], 8));
            queue.await(0);
            Thread later = new Thread(faulty::proceed);
            later.start();
            long start = System.nanoTime();
            int received = 0;
            while (received == 0) {
                queue.await(60_000_000_000L);
                received = queue.receive(new Slot[8], 8);
            }
            assertTrue(System.nanoTime() - start < 10_000_000_000L);
            later.join();
        }
    }

    @Test
    void anUnknownInnerBackendIsRefusedWithThoseThereAre() {
        try (FaultyCapture faulty = FaultyCapture.around("nothing:x").create()) {
            WeirException refusal =
                    assertThrows(WeirException.class, () -> Bench.open(new FaultyCaptureProvider(), faulty.name()));
            assertTrue(
                    refusal.getMessage().contains("nothing")
                            && refusal.getMessage().contains("memory"),
                    refusal.getMessage());
        }
    }
}
