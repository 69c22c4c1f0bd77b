package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A bridge at full rate, with every verdict and packets held and given back in any order: at the end every frame is
 * accounted for. A few seconds as a test; {@code ./weir soak} lasts as long as one likes.
 */
@NetworkLabTest
class XdpSoakKernelTest {
    private static final long SECONDS = Long.getLong("weir.soak.seconds", 3);
    private static final int HELD = 700;

    private volatile boolean over;
    private volatile long offered;

    @Test
    void everyFrameIsAccountedForAfterAFlood(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        lab.right().ip("link", "set", "eth0", "arp", "off");
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge&ring=512&frames=4096");
                XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
            XdpQueue queue = (XdpQueue) source.queues().get(0);
            int population = queue.frames().count();
            Thread flood = new Thread(() -> flood(out), "flood");
            flood.start();
            long received;
            long allocated;
            try {
                bridge(queue, TimeUnit.SECONDS.toNanos(1)); // compiled from here on
                ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                long before = threads.getCurrentThreadAllocatedBytes();
                received = bridge(queue, TimeUnit.SECONDS.toNanos(SECONDS));
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            } finally {
                over = true;
                awaitEnd(flood);
            }
            bridge(queue, TimeUnit.MILLISECONDS.toNanos(200)); // what was still under way
            queue.refreshLosses();
            System.out.printf(
                    Locale.ROOT,
                    "soaked for %d s: %,d packets bridged of %,d sent, %d bytes allocated; %s; %s%n",
                    SECONDS,
                    received,
                    offered,
                    allocated,
                    queue.frames(),
                    queue);
            assertTrue(received > 10_000 * SECONDS, () -> "only " + received + " packets crossed");
            // Slots get their buffers for changed packets once, and looking after the interfaces allocates by time.
            assertTrue(allocated < received, () -> allocated + " bytes for " + received + " packets");
            assertEquals(population, queue.frames().count());
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
            assertEquals(0, queue.lost(Loss.INVALID_DESCRIPTOR));
        }
    }

    /** Also when the test is interrupted for having lasted too long: a transmitter is not closed under its user. */
    private static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void flood(XdpTransmitter out) {
        ByteBuffer[] frames = new ByteBuffer[256];
        for (int i = 0; i < frames.length; i++) {
            byte[] frame = NumberedFrames.frame(i);
            frames[i] = ByteBuffer.allocateDirect(frame.length).put(0, frame);
        }
        long count = 0;
        while (!over) {
            for (int i = 0; i < 64 && out.offer(frames[(int) (count & 255)]); i++) {
                count++;
            }
            out.flush();
        }
        offered = count;
    }

    /** Judges what comes for so long, then lets go of all. */
    private static long bridge(XdpQueue queue, long durationNs) {
        SplittableRandom random = new SplittableRandom(4);
        Slot[] held = new Slot[HELD];
        int holding = 0;
        Slot[] slots = new Slot[64];
        long received = 0;
        long endNs = System.nanoTime() + durationNs;
        while (System.nanoTime() - endNs < 0) {
            int count = queue.receive(slots, slots.length);
            for (int i = 0; i < count; i++) {
                Slot slot = slots[i];
                switch (random.nextInt(8)) {
                    case 0 -> queue.verdict(slot, Verdict.DROP);
                    case 1 -> {
                        slot.replace(slot.capturedLength()).put(0, (byte) 0x02);
                        queue.verdict(slot, Verdict.REPLACE);
                    }
                    default -> queue.verdict(slot, Verdict.ACCEPT); // refused when the other side has no room
                }
                if (random.nextInt(4) > 0) {
                    queue.release(slot);
                } else if (holding < HELD) {
                    held[holding++] = slot;
                } else {
                    int other = random.nextInt(HELD);
                    queue.release(held[other]);
                    held[other] = slot;
                }
            }
            received += Math.max(0, count);
            queue.flush();
            if (count == 0) {
                queue.await(1_000_000);
            }
        }
        while (holding > 0) {
            queue.release(held[--holding]);
        }
        queue.flush();
        return received;
    }
}
