package dev.weir.pcap;

import dev.weir.OptionSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import java.util.List;

/** The backend {@code pcap:FILE}; {@code pcap:-} is standard input. */
public final class PcapCaptureProvider implements CaptureProvider {
    static final String NAME = "pcap";
    static final String PACE = "pace";
    static final String PACE_FAST = "fast";
    static final String PACE_RECORDED = "recorded";
    static final String FILTER = "filter";
    static final String LOOP = "loop";

    /** For {@link java.util.ServiceLoader}. */
    public PcapCaptureProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a pcap or pcapng file, also compressed with gzip; \"-\" is standard input";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        PACE,
                        "fast or recorded",
                        PACE_FAST,
                        "deliver as fast as packets are taken, or with the gaps that they were recorded with"),
                new OptionSpec(
                        FILTER,
                        "an expression as in pcap-filter(7)",
                        "",
                        "which packets to take; needs libpcap installed"),
                new OptionSpec(
                        LOOP,
                        "0 to 1000000000, 0 for no end",
                        "1",
                        "read a regular file so many times, time going on from one turn to the next"));
    }

    @Override
    public Availability probe() {
        return Availability.YES;
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return new PcapCaptureSource(request);
    }
}
