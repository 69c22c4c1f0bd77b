package dev.weir.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.Loss;
import dev.weir.spi.Slot;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How packets come in, and how waiting for them ends. */
abstract class ReceivingContract extends CaptureHarness {
    @Test
    void everyFrameArrivesOnceInOrderAndUnchanged() throws Exception {
        List<byte[]> frames = NumberedFrames.frames(0, 200);
        long before = epochNs();
        try (Opened opened = openFedWith(frames)) {
            List<Integer> order = new ArrayList<>();
            opened.receive(frames.size(), slot -> {
                int number = NumberedFrames.number(slot);
                order.add(number);
                byte[] expected = arrives(frames.get(number));
                assertArrayEquals(expected, slot.bytes().toByteArray());
                assertEquals(expected.length, slot.capturedLength());
                assertEquals(expected.length, slot.wireLength());
                assertEquals(linkType(), slot.linkType());
                assertEquals(opened.queue.index(), slot.queue());
                assertNotNull(slot.origin());
                assertFalse(slot.isDetached());
                if (live()) {
                    long slack = TimeUnit.SECONDS.toNanos(2);
                    assertTrue(
                            slot.timestampNs() >= before - slack && slot.timestampNs() <= epochNs() + slack,
                            "a time stamp in nanoseconds since 1970, near now, not " + slot.timestampNs());
                }
                opened.finish(slot);
            });
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < frames.size(); i++) {
                expected.add(i);
            }
            assertEquals(expected, order);
        }
    }

    @Test
    void receiveGivesAtMostTheLimitAndNotMoreThanFits() throws Exception {
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 50))) {
            Slot[] slots = new Slot[8];
            int received = 0;
            long end = System.nanoTime() + PATIENCE_NS;
            for (int turn = 0; received < 50 && System.nanoTime() < end; turn++) {
                int limit = turn % 2 == 0 ? 3 : 100;
                int count = opened.queue.receive(slots, limit);
                assertTrue(count <= Math.min(limit, slots.length), count + " slots for a limit of " + limit);
                for (int i = 0; i < count; i++) {
                    assertNotNull(slots[i], "slots are filled from 0 on");
                    received += NumberedFrames.number(slots[i]) >= 0 ? 1 : 0;
                    opened.finish(slots[i]);
                }
                opened.flushAndAwaitIfNone(count);
            }
            assertEquals(50, received);
            assertEquals(0, Math.max(0, opened.queue.receive(slots, 0)), "a limit of zero gives nothing");
        }
    }

    @Test
    void receiveDoesNotWait() throws Exception {
        if (!live()) {
            return; // a file always has something to say
        }
        try (Opened opened = open(options())) {
            opened.drain();
            long start = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                opened.giveBack(opened.queue.receive(opened.slots, opened.slots.length));
            }
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1), "ten empty receives within a second");
        }
    }

    @Test
    void aFrameEndsTheWaitForIt() throws Exception {
        if (!live()) {
            return; // nothing arrives later at a file
        }
        try (Opened opened = open(options())) {
            opened.drain();
            Thread injector = inThread(() -> {
                Thread.sleep(30);
                inject(List.of(NumberedFrames.frame(7)));
            });
            long start = System.nanoTime();
            int found = 0;
            while (found == 0 && System.nanoTime() - start < PATIENCE_NS) {
                opened.queue.await(LONG_NS);
                int count = opened.queue.receive(opened.slots, opened.slots.length);
                for (int i = 0; i < count; i++) {
                    found += NumberedFrames.number(opened.slots[i]) == 7 ? 1 : 0;
                    opened.finish(opened.slots[i]);
                }
            }
            join(injector);
            assertEquals(1, found);
            assertTrue(
                    System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5),
                    "the frame, and not the end of the minute, ended the wait");
        }
    }

    @Test
    void awaitEndsWhenItsTimeIsOver() throws Exception {
        try (Opened opened = open(options())) {
            long start = System.nanoTime();
            opened.queue.await(0);
            opened.queue.await(TimeUnit.MILLISECONDS.toNanos(30));
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(3));
        }
    }

    @Test
    void anIdleAwaitSleeps() throws Exception {
        if (!live()) {
            return; // a file is never idle
        }
        try (Opened opened = open(options())) {
            opened.drain();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long start = System.nanoTime();
            long cpu = threads.getCurrentThreadCpuTime();
            while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(500)) {
                opened.queue.await(TimeUnit.MILLISECONDS.toNanos(100));
                opened.giveBack(opened.queue.receive(opened.slots, opened.slots.length));
            }
            cpu = threads.getCurrentThreadCpuTime() - cpu;
            assertTrue(
                    cpu < TimeUnit.MILLISECONDS.toNanos(100),
                    "half a second of waiting took " + cpu / 1_000_000 + " ms of CPU");
        }
    }

    @Test
    void wakeupEndsTheWaitNowOrTheNextOne() throws Exception {
        try (Opened opened = open(options())) {
            opened.drain();
            Thread waker = inThread(() -> {
                Thread.sleep(30);
                opened.queue.wakeup();
            });
            long start = System.nanoTime();
            opened.queue.await(LONG_NS);
            join(waker);
            // What ended the wait may have been a packet: the ring is then kept for this one.
            opened.queue.wakeup();
            opened.queue.wakeup();
            opened.queue.await(LONG_NS);
            assertTrue(System.nanoTime() - start < PATIENCE_NS, "neither wait lasted its minute");
        }
    }

    @Test
    void wakeupsAndQuestionsFromOtherThreadsDisturbNothing() throws Exception {
        List<byte[]> frames = NumberedFrames.frames(0, 2_000);
        try (Opened opened = live() ? open(options()) : openFedWith(frames)) {
            AtomicReference<Boolean> go = new AtomicReference<>(true);
            Thread waker = inThread(() -> {
                while (go.get()) {
                    opened.queue.wakeup();
                    for (Loss loss : Loss.values()) {
                        assertTrue(opened.queue.lost(loss) >= 0);
                    }
                    Thread.sleep(0, 50_000);
                }
            });
            BitSet seen = new BitSet();
            Consumer<Slot> once = slot -> {
                int number = NumberedFrames.number(slot);
                assertFalse(seen.get(number), "frame " + number + " came twice");
                seen.set(number);
                opened.finish(slot);
            };
            if (live()) {
                for (int i = 0; i < frames.size(); i += 200) {
                    inject(frames.subList(i, i + 200));
                    opened.receive(200, once);
                }
            } else {
                opened.receive(frames.size(), once);
            }
            go.set(false);
            join(waker);
            assertEquals(frames.size(), seen.cardinality());
        }
    }
}
