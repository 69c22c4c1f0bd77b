package dev.weir.testkit;

import dev.weir.OptionSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import java.util.List;

/** Finds {@link MemoryCapture}s by name; made by {@link java.util.ServiceLoader}. */
public final class MemoryCaptureProvider implements CaptureProvider {
    static final String NAME = "memory";

    private static final int MAX_SNAP_LENGTH = 262_144;

    /** For the service loader. */
    public MemoryCaptureProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "packets that a test injects in the same JVM";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        "filter",
                        "an expression as in pcap-filter(7)",
                        "",
                        "which packets to take; needs libpcap installed"),
                new OptionSpec(
                        "snaplen",
                        "1 to " + MAX_SNAP_LENGTH + " bytes",
                        Integer.toString(MAX_SNAP_LENGTH),
                        "captures so many bytes of each packet"));
    }

    @Override
    public Availability probe() {
        return Availability.YES;
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        MemoryCapture capture = MemoryCapture.find(request.target());
        int snapLength = request.options().integer("snaplen", 1, MAX_SNAP_LENGTH);
        return capture.open(request.options().text("filter"), snapLength);
    }
}
