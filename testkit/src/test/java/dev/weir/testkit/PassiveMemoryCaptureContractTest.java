package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.spi.CaptureTraits;

/** As a tap with a ring: nothing is carried out, and what is held keeps memory back until it is detached. */
class PassiveMemoryCaptureContractTest extends MemoryCaptureContractTest {
    @Override
    protected MemoryCapture.Builder builder() {
        return super.builder().passive().pinsMemory(256);
    }

    @Override
    protected void checkTraits(CaptureTraits traits) {
        assertTrue(traits.passive());
        assertTrue(traits.pinsMemory());
        assertEquals(900, traits.maxPackets());
    }
}
