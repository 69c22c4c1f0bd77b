package dev.weir.afpacket;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Refuses rings that this machine cannot bear. The kernel would try hard to find the memory, push everything else out on
 * the way, and rings cannot be swapped out again.
 */
final class AvailableMemory {
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final String AVAILABLE = "MemAvailable:";

    private AvailableMemory() {}

    /** @throws WeirException when the rings would take more than half of what is available */
    static void check(Settings settings) {
        long wanted = (long) settings.ringBytes() * settings.sockets();
        long available = bytes();
        if (wanted > available / 2) {
            throw new WeirException("afpacket: rings of " + (wanted >> 20) + " MiB are more than half of the "
                    + (available >> 20) + " MiB of memory that is available; ask for fewer or smaller blocks (blocks=,"
                    + " block-size=) or fewer queues (queues=)");
        }
    }

    /** Without limit where it cannot be told. */
    private static long bytes() {
        try {
            for (String line : Files.readAllLines(MEMORY)) {
                if (line.startsWith(AVAILABLE)) {
                    return Long.parseLong(line.substring(AVAILABLE.length())
                                    .replace("kB", "")
                                    .strip())
                            << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // The kernel's own answer has to do.
        }
        return Long.MAX_VALUE;
    }
}
