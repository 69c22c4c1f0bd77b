package dev.weir.bench;

import dev.weir.WeirException;
import picocli.CommandLine.Option;

/** Options that every comparison of receivers takes: how often and how long it measures. */
final class MeasuringPlan {
    @Option(names = "--pairs", description = "rounds; each measures every contender once (default: ${DEFAULT-VALUE})")
    int rounds = 10;

    @Option(names = "--seconds", description = "length of each measured window of flood (default: ${DEFAULT-VALUE})")
    double seconds = 2;

    @Option(names = "--warm-up", description = "seconds of flood before a window in Java (default: ${DEFAULT-VALUE})")
    double warmUpSeconds = 10;

    @Option(names = "--quick", description = "two short rounds: shows that all works, proves nothing")
    private boolean quick;

    /**
     * Applies {@code --quick}; call it before anything else is read.
     *
     * @throws WeirException when nothing could be measured so
     */
    void settle() {
        if (quick) {
            rounds = 2;
            seconds = 0.5;
            warmUpSeconds = 1.5;
        }
        if (rounds < 1) {
            throw new WeirException("--pairs is 1 or more, not " + rounds);
        }
        if (!(seconds >= 0.1) || !(warmUpSeconds >= 0)) {
            throw new WeirException("--seconds is 0.1 or more and --warm-up not negative");
        }
    }

    boolean isQuick() {
        return quick;
    }
}
