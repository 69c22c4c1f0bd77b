package dev.weir.testkit.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process holds of the kernel: descriptors, threads, mapped rings.
 *
 * @param descriptors entries of {@code /proc/self/fd}
 * @param threads live threads of the JVM
 * @param mappedRings mappings of sockets and anonymous inodes in {@code /proc/self/maps}
 */
record ProcessFootprint(long descriptors, long threads, long mappedRings) {
    static ProcessFootprint now() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
                Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return new ProcessFootprint(
                    descriptors.count(),
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    mappings.filter(line -> line.contains("socket:") || line.contains("anon_inode:"))
                            .count());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for what ends a little later (a thread that is just leaving) and returns what is there then. */
    static ProcessFootprint settled(ProcessFootprint expected) throws InterruptedException {
        ProcessFootprint now = now();
        for (int i = 0; i < 100 && !now.isWithin(expected); i++) {
            Thread.sleep(20);
            now = now();
        }
        return now;
    }

    boolean isWithin(ProcessFootprint other) {
        return descriptors <= other.descriptors && threads <= other.threads && mappedRings <= other.mappedRings;
    }
}
