package dev.weir.bench;

import dev.weir.WeirException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the kernel tells of the netfilter queues of a process's network namespace. */
final class NetfilterQueues {
    private NetfilterQueues() {}

    /**
     * How many packets have no verdict yet, in all queues. Read without starting a program, which might take a receiver's
     * processor.
     *
     * @param process its number, or "self"
     */
    static long undecided(String process) {
        Path table = Path.of("/proc", process, "net/netfilter/nfnetlink_queue");
        try (Stream<String> queues = Files.lines(table)) {
            return queues.mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
                    .sum();
        } catch (IOException | UncheckedIOException failed) {
            throw new WeirException("cannot read how long the queues are: " + failed.getMessage(), failed);
        }
    }
}
