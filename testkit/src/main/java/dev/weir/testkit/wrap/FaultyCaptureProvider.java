package dev.weir.testkit.wrap;

import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;

/** Finds {@link FaultyCapture}s by name; made by {@link java.util.ServiceLoader}. */
public final class FaultyCaptureProvider extends WrappingProvider {
    static final String NAME = "faulty";

    /** For the service loader. */
    public FaultyCaptureProvider() {
        super(NAME, "another capture, with faults that a test injects");
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return FaultyCapture.REGISTRY.find(request.target()).open(request);
    }
}
