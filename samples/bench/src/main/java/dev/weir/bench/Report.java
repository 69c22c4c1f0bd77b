package dev.weir.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The tables of a benchmark: what each contender used, and how they compare. */
record Report(Rounds rounds, List<Comparison> comparisons) {

    void print(PrintStream out) {
        out.printf(
                "%-22s %14s   %-22s %6s %10s %12s%n",
                "receiver", "CPU ns/packet", "95 % interval", "user", "loss", "packets/s");
        for (String name : rounds.names()) {
            out.println(contender(name));
        }
        out.printf("%n%-42s %9s   %-22s   %s%n", "side by side", "median", "95 % interval", "target");
        for (Comparison comparison : comparisons) {
            if (rounds.has(comparison.left()) && rounds.has(comparison.right())) {
                out.println(comparison.row(rounds));
            }
        }
        out.println("A target is met when the interval reaches it.");
    }

    private String contender(String name) {
        MedianInterval cpu = MedianInterval.of(rounds.of(name, Sample::cpuNsPerPacket));
        MedianInterval userShare =
                MedianInterval.of(rounds.of(name, sample -> sample.measurement().userShare()));
        MedianInterval loss = MedianInterval.of(rounds.of(name, Sample::loss));
        MedianInterval rate = MedianInterval.of(rounds.of(name, Sample::packetsPerSecond));
        return String.format(
                Locale.ROOT,
                "%-22s %14.1f   %9.1f .. %-9.1f %5.0f %% %8.4f %% %,12.0f",
                name,
                cpu.median(),
                cpu.low(),
                cpu.high(),
                100 * userShare.median(),
                100 * loss.median(),
                rate.median());
    }
}
