package dev.weir.testkit;

import dev.weir.spi.CaptureProvider;
import dev.weir.testkit.wrap.FaultyCapture;
import dev.weir.testkit.wrap.FaultyCaptureProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Without faults, the wrapper is a capture like the one within. */
class FaultyCaptureContractTest extends MemoryCaptureContractTest {
    private final List<FaultyCapture> wrappers = new ArrayList<>();

    @Override
    protected CaptureProvider provider() {
        return new FaultyCaptureProvider();
    }

    @Override
    protected String target() {
        FaultyCapture wrapper = FaultyCapture.around("memory:" + super.target()).create();
        wrappers.add(wrapper);
        return wrapper.name().substring("faulty:".length());
    }

    @AfterEach
    void closeWrappers() {
        wrappers.forEach(FaultyCapture::close);
    }
}
