package dev.weir.linux;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class RunDelayTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    /** More threads run than there are processors, so each of them waits. */
    @Test
    @Timeout(60)
    void growsWhileOthersHaveTheProcessor() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors() * 2; i++) {
            Thread other = new Thread(() -> {
                while (!done.get()) {
                    Thread.onSpinWait();
                }
            });
            other.start();
            others.add(other);
        }
        try (RunDelay delay = RunDelay.ofThisThread()) {
            assertNotNull(delay, "no /proc/thread-self/schedstat");
            long before = delay.waitedNs();
            assertTrue(before >= 0, "the kernel does not count");
            long beganNs = System.nanoTime();
            long grownNs = 0;
            while (grownNs < TimeUnit.MILLISECONDS.toNanos(20)) {
                assertTrue(System.nanoTime() - beganNs < PATIENCE_NS, "waited " + grownNs + " ns");
                grownNs = delay.waitedNs() - before;
            }
            assertTrue(grownNs <= System.nanoTime() - beganNs, "longer than there was time");
        } finally {
            done.set(true);
            for (Thread other : others) {
                other.join();
            }
        }
    }
}
