package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.CaptureContract;
import dev.weir.testkit.contract.NumberedFrames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;

class MemoryCaptureContractTest extends CaptureContract {
    private final List<MemoryCapture> made = new ArrayList<>();
    private final List<InjectedPacket> injected = new ArrayList<>();
    private MemoryCapture memory;
    private int queues = 1;

    protected MemoryCapture.Builder builder() {
        return MemoryCapture.builder().maxPackets(900).capacity(1_000);
    }

    @Override
    protected String target() {
        // a memory capture is opened once; the contract opens several in turn
        memory = builder().queues(queues).create();
        made.add(memory);
        return memory.name().substring("memory:".length());
    }

    @AfterEach
    void close() {
        made.forEach(MemoryCapture::close);
    }

    @Override
    protected CaptureProvider provider() {
        return new MemoryCaptureProvider();
    }

    @Override
    protected void inject(List<byte[]> frames) {
        injected.addAll(memory.injectAll(frames));
    }

    @Override
    protected void checkTraits(CaptureTraits traits) {
        assertFalse(traits.passive());
        assertFalse(traits.pinsMemory());
        assertTrue(traits.symmetric());
        assertEquals(900, traits.maxPackets());
    }

    @Override
    protected String unknownTarget() {
        return "nobody-made-this";
    }

    @Override
    protected int framesToOverflow() {
        return 1_500;
    }

    @Override
    protected Set<Integer> awaitPassed(int count) {
        Set<Integer> passed = new HashSet<>();
        for (InjectedPacket packet : injected) {
            packet.await(Duration.ofSeconds(5));
            byte[] output = packet.output();
            if (output != null) {
                passed.add(number(output));
            }
        }
        return passed;
    }

    private static int number(byte[] frame) {
        Slot slot = new Slot(0).fill(ByteBuffer.wrap(frame), 0, frame.length, frame.length, LinkType.ETHERNET, 0);
        assertEquals(frame.length, Bytes.of(frame).length());
        return NumberedFrames.number(slot);
    }

    @Override
    protected Map<String, String> severalQueues() {
        queues = 3;
        return Map.of();
    }
}
