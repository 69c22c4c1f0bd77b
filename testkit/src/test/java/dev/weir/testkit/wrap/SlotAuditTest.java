package dev.weir.testkit.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.wrap.SlotAudit.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlotAuditTest {
    private final MemoryCapture memory = MemoryCapture.create();
    private final SlotAudit audit = SlotAudit.around(memory.name());
    private final CaptureSource source = Bench.open(new SlotAuditProvider(), audit.name());
    private final CaptureQueue queue = source.queues().get(0);
    private final Slot[] slots = new Slot[8];

    @AfterEach
    void close() {
        memory.close();
    }

    private List<Kind> kinds() {
        return audit.violations().stream().map(SlotAudit.Violation::kind).toList();
    }

    private Slot receiveOne() {
        memory.inject(NumberedFrames.frame(5));
        assertEquals(1, queue.receive(slots, 1));
        return slots[0];
    }

    @Test
    void correctUseIsClean() {
        List<InjectedPacket> packets = memory.injectAll(NumberedFrames.frames(0, 500));
        memory.end();
        assertEquals(500, Bench.acceptAll(queue).size());
        source.close();
        audit.close();
        assertEquals(500, audit.lent());
        packets.forEach(packet -> assertTrue(packet.isReleased()));
    }

    @Test
    void aForgottenPacketIsNamed() {
        receiveOne();
        source.close();

        AssertionError error = assertThrows(AssertionError.class, audit::close);
        assertTrue(
                error.getMessage().contains("packet 1 of queue 0")
                        && error.getMessage().contains("198.18.0.1")
                        && error.getMessage().contains("no verdict"),
                error.getMessage());
    }

    @Test
    void aPacketThatWasDecidedAndNotReleasedIsNamed() {
        queue.verdict(receiveOne(), Verdict.DROP);
        source.close();

        assertEquals(List.of(Kind.NOT_RELEASED), kinds());
    }

    @Test
    void secondVerdictsAndReleasesAreNotedAndKeptFromTheBackend() {
        Slot slot = receiveOne();
        assertTrue(queue.verdict(slot, Verdict.ACCEPT));
        assertFalse(queue.verdict(slot, Verdict.DROP));
        queue.release(slot);
        queue.release(slot);
        queue.verdict(slot, Verdict.DROP);

        assertEquals(List.of(Kind.SECOND_VERDICT, Kind.SECOND_RELEASE, Kind.VERDICT_AFTER_RELEASE), kinds());
        assertEquals(1, memory.verdicts(Verdict.Kind.ACCEPT));
        assertEquals(0, memory.verdicts(Verdict.Kind.DROP));
    }

    @Test
    void aReleaseWithoutAVerdictIsNoted() {
        queue.release(receiveOne());

        assertEquals(List.of(Kind.RELEASE_WITHOUT_VERDICT), kinds());
    }

    @Test
    void aForeignSlotAndUseAfterCloseAreNoted() {
        queue.verdict(new Slot(0), Verdict.ACCEPT);
        source.close();
        assertEquals(CaptureQueue.END, queue.receive(slots, 1));
        source.close();

        assertEquals(List.of(Kind.FOREIGN_SLOT, Kind.USED_AFTER_CLOSE, Kind.CLOSED_TWICE), kinds());
    }

    @Test
    void twoThreadsInOneQueueAreNoted() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            started.countDown();
            queue.await(10_000_000_000L);
        });
        other.start();
        started.await();
        while (other.getState() != Thread.State.TIMED_WAITING && other.isAlive()) {
            Thread.onSpinWait();
        }
        queue.flush();
        queue.wakeup();
        other.join();

        assertEquals(List.of(Kind.CONCURRENT_USE), kinds());
    }

    @Test
    void whoKeepsAPacketSeesNoOtherPacket() {
        Slot slot = receiveOne();
        Packet kept = slot;
        ByteBuffer keptBytes = slot.bytes().asByteBuffer();
        queue.verdict(slot, Verdict.ACCEPT);
        queue.release(slot);
        memory.injectAll(NumberedFrames.frames(100, 8));
        assertEquals(8, queue.receive(slots, 8));

        assertThrows(IndexOutOfBoundsException.class, () -> kept.bytes().u8(0));
        assertEquals(SlotAudit.POISON, keptBytes.get(0));
        assertEquals(SlotAudit.POISON, keptBytes.get(keptBytes.limit() - 1));
    }

    @Test
    void memoryThatChangesUnderAPacketIsNoted() {
        ByteBuffer ring = ByteBuffer.allocate(60);
        AuditedQueue overRing = new AuditedQueue(new RingQueue(ring), source.traits(), audit);
        assertEquals(1, overRing.receive(slots, 1));
        ring.put(30, (byte) 1);
        overRing.verdict(slots[0], Verdict.ACCEPT);

        assertEquals(List.of(Kind.MEMORY_CHANGED), kinds());
    }

    /** Lends the same memory for ever. */
    private record RingQueue(ByteBuffer ring) implements CaptureQueue {
        @Override
        public int index() {
            return 0;
        }

        @Override
        public int receive(Slot[] slots, int limit) {
            slots[0] = new Slot(0).fill(ring, 0, ring.capacity(), ring.capacity(), LinkType.ETHERNET, 0);
            return 1;
        }

        @Override
        public void await(long timeoutNs) {}

        @Override
        public void wakeup() {}

        @Override
        public boolean verdict(Slot slot, Verdict verdict) {
            return true;
        }

        @Override
        public void release(Slot slot) {}

        @Override
        public void stopIntake() {}
    }
}
