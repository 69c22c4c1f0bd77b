package dev.weir.testkit.wrap;

import dev.weir.OptionSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import java.util.List;

/** Finds {@link FaultyCapture}s by name; made by {@link java.util.ServiceLoader}. */
public final class FaultyCaptureProvider implements CaptureProvider {
    static final String NAME = "faulty";

    /** For the service loader. */
    public FaultyCaptureProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "another capture, with faults that a test injects";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public Availability probe() {
        return Availability.YES;
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return FaultyCapture.REGISTRY.find(request.target()).open(request);
    }
}
