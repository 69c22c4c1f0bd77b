package dev.weir.sockdiag;

import dev.weir.FlowCorrelator;
import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.spi.Availability;
import dev.weir.spi.FlowCorrelatorProvider;
import dev.weir.spi.Options;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Makes correlators that ask the kernel for sockets and /proc for processes. */
public final class SockDiagCorrelatorProvider implements FlowCorrelatorProvider {
    private static final String PROC = "proc";
    private static final String WALK_LIMIT = "walk-limit";
    private static final Duration SHORTEST_WALK = Duration.ofMillis(1);
    private static final Duration LONGEST_WALK = Duration.ofSeconds(5);

    /** For the service loader. */
    public SockDiagCorrelatorProvider() {}

    @Override
    public String name() {
        return SockDiagCorrelator.NAME;
    }

    @Override
    public String description() {
        return "sockets of this host's TCP and UDP flows, asked of the kernel, and their processes, read in /proc";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        PROC,
                        "a directory where proc(5) is mounted",
                        "/proc",
                        "where processes are looked up; a container may have the host's mounted elsewhere"),
                new OptionSpec(WALK_LIMIT, "1ms to 5s", "100ms", "how long one search through all processes may take"));
    }

    @Override
    public Availability probe() {
        try {
            SockDiagCorrelator.open(new ProcFs(Path.of("/proc")), SHORTEST_WALK.toNanos())
                    .close();
            return Availability.YES;
        } catch (WeirException e) {
            return Availability.no(e.getMessage());
        }
    }

    @Override
    public FlowCorrelator create(Options options) {
        Path proc = path(options);
        if (!Files.isReadable(proc.resolve("self").resolve("stat"))) {
            throw options.refused(PROC, proc.toString());
        }
        long walkLimitNs =
                options.duration(WALK_LIMIT, SHORTEST_WALK, LONGEST_WALK).toNanos();
        SockDiagCorrelator correlator = SockDiagCorrelator.open(new ProcFs(proc), walkLimitNs);
        try {
            correlator.warmUp();
            return correlator;
        } catch (RuntimeException e) {
            correlator.close();
            throw e;
        }
    }

    private static Path path(Options options) {
        try {
            return Path.of(options.text(PROC));
        } catch (InvalidPathException e) {
            throw options.refused(PROC, options.text(PROC));
        }
    }
}
