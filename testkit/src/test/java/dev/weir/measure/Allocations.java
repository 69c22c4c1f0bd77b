package dev.weir.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.testkit.MemoryCapture;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What threads have allocated, from the JVM's own books. */
public final class Allocations {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocations() {}

    /** Bytes that this thread has allocated since it began. */
    public static long here() {
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** Bytes that the threads of a pipeline on this capture have allocated since they began. */
    public static long ofPipeline(MemoryCapture memory) {
        long sum = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("weir " + memory.name() + " ")) {
                sum += THREADS.getThreadAllocatedBytes(thread.getId());
            }
        }
        return sum;
    }

    /** Runs a program in a JVM that removes no allocation that the code makes; it must end well. */
    public static void withoutEscapeAnalysis(Class<?> program) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-DoEscapeAnalysis",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes());
        assertTrue(child.waitFor(50, TimeUnit.SECONDS));
        assertEquals(0, child.exitValue(), output);
    }
}
