package dev.weir.bench;

import java.util.Locale;

/**
 * What is asked of two contenders: the ratio of their CPU per packet or of their rates, or the difference of their losses.
 *
 * @param target what the result must reach, or NaN where there is nothing to reach
 */
record Comparison(String left, String right, Kind kind, Direction direction, double target) {

    enum Kind {
        CPU_RATIO,
        RATE_RATIO,
        LOSS_DIFFERENCE
    }

    enum Direction {
        AT_MOST,
        AT_LEAST
    }

    static Comparison cpuAtMost(double target, String left, String right) {
        return new Comparison(left, right, Kind.CPU_RATIO, Direction.AT_MOST, target);
    }

    static Comparison cpuAtLeast(double target, String left, String right) {
        return new Comparison(left, right, Kind.CPU_RATIO, Direction.AT_LEAST, target);
    }

    static Comparison cpu(String left, String right) {
        return new Comparison(left, right, Kind.CPU_RATIO, Direction.AT_MOST, Double.NaN);
    }

    static Comparison rateAtLeast(double target, String left, String right) {
        return new Comparison(left, right, Kind.RATE_RATIO, Direction.AT_LEAST, target);
    }

    static Comparison rate(String left, String right) {
        return new Comparison(left, right, Kind.RATE_RATIO, Direction.AT_LEAST, Double.NaN);
    }

    static Comparison noMoreLoss(String left, String right) {
        return new Comparison(left, right, Kind.LOSS_DIFFERENCE, Direction.AT_MOST, 0);
    }

    static Comparison loss(String left, String right) {
        return new Comparison(left, right, Kind.LOSS_DIFFERENCE, Direction.AT_MOST, Double.NaN);
    }

    MedianInterval of(Rounds rounds) {
        return switch (kind) {
            case CPU_RATIO ->
                MedianInterval.ofRatios(
                        rounds.of(left, Sample::cpuNsPerPacket), rounds.of(right, Sample::cpuNsPerPacket));
            case RATE_RATIO ->
                MedianInterval.ofRatios(
                        rounds.of(left, Sample::packetsPerSecond), rounds.of(right, Sample::packetsPerSecond));
            case LOSS_DIFFERENCE ->
                MedianInterval.ofDifferences(rounds.of(left, Sample::loss), rounds.of(right, Sample::loss));
        };
    }

    /** A target is met when the interval reaches it. */
    boolean isMetBy(MedianInterval interval) {
        return switch (direction) {
            case AT_MOST -> interval.low() <= target;
            case AT_LEAST -> interval.high() >= target;
        };
    }

    String label() {
        return switch (kind) {
            case CPU_RATIO -> left + " / " + right;
            case RATE_RATIO -> "rate: " + left + " / " + right;
            case LOSS_DIFFERENCE -> "loss: " + left + " - " + right;
        };
    }

    /** One line of the table of comparisons. */
    String row(Rounds rounds) {
        MedianInterval interval = of(rounds);
        String verdict = Double.isNaN(target)
                ? ""
                : "%s %s  %s"
                        .formatted(
                                direction == Direction.AT_MOST ? "at most" : "at least",
                                figure(target),
                                isMetBy(interval) ? "met" : "MISSED");
        return "%-42s %9s   %9s .. %-9s  %s"
                .formatted(label(), figure(interval.median()), figure(interval.low()), figure(interval.high()), verdict)
                .stripTrailing();
    }

    private String figure(double value) {
        return kind == Kind.LOSS_DIFFERENCE
                ? String.format(Locale.ROOT, "%.4f %%", 100 * value)
                : String.format(Locale.ROOT, "%.2f", value);
    }
}
