package dev.weir.testkit.wrap;

import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;

/** Finds {@link SlotAudit}s by name; made by {@link java.util.ServiceLoader}. */
public final class SlotAuditProvider extends WrappingProvider {
    static final String NAME = "audited";

    /** For the service loader. */
    public SlotAuditProvider() {
        super(NAME, "another capture, with an account of every packet it lends out");
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        return SlotAudit.REGISTRY.find(request.target()).open(request);
    }
}
