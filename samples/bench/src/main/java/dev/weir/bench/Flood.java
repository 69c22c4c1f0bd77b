package dev.weir.bench;

import dev.weir.WeirException;
import java.util.List;

/**
 * The generator of 64-byte UDP frames.
 *
 * @param program the path of the compiled generator
 * @param from "kernel" or "user": where the frames are made
 * @param rate in packets per second, 0 for as fast as it goes
 * @param cpu where it is pinned, -1 for anywhere
 */
record Flood(String program, BenchLink link, String from, long rate, int flows, int cpu) {
    private static final int MAX_SECONDS = 60;

    /** What goes out in a second at full speed, for the number of packets of a window. */
    private static final long FULL_SPEED_PER_SECOND = 1_000_000;

    /** Floods for about that long; returns how many packets were sent, when all of them have arrived. */
    long run(double seconds) {
        long packets = (long) (seconds * (rate == 0 ? FULL_SPEED_PER_SECOND : rate));
        long before = link.arrived();
        Commands.Result result = Commands.run(
                null,
                link.inside(
                        cpu,
                        List.of(
                                program,
                                from,
                                BenchLink.SENDER,
                                BenchLink.RECEIVER,
                                Long.toString(packets),
                                Long.toString(rate),
                                Integer.toString(flows),
                                Integer.toString(MAX_SECONDS))));
        if (result.exitCode() != 0) {
            throw new WeirException("the generator failed: " + result.output());
        }
        long sent = Measurement.number(result.output(), "sent");
        long arrived = link.arrived() - before;
        if (arrived != sent) {
            throw new WeirException(
                    "the link lost packets itself (" + sent + " sent, " + arrived + " arrived): lower the rate");
        }
        return sent;
    }
}
