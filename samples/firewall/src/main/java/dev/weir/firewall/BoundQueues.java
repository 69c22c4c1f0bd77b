package dev.weir.firewall;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** The queues that some process has bound now, by {@code /proc/net/netfilter/nfnetlink_queue}: first column, a number. */
final class BoundQueues implements IntPredicate {
    private final Set<Integer> numbers;
    private final boolean isKnown;

    private BoundQueues(Set<Integer> numbers, boolean isKnown) {
        this.numbers = numbers;
        this.isKnown = isKnown;
    }

    static BoundQueues read() {
        try {
            return new BoundQueues(
                    Files.readAllLines(Path.of("/proc/net/netfilter/nfnetlink_queue")).stream()
                            .map(line -> Integer.valueOf(line.strip().split("\\s+")[0]))
                            .collect(Collectors.toSet()),
                    true);
        } catch (IOException | NumberFormatException e) {
            return new BoundQueues(Set.of(), false);
        }
    }

    /** When it cannot be told, all of them may be. */
    @Override
    public boolean test(int number) {
        return !isKnown || numbers.contains(number);
    }
}
