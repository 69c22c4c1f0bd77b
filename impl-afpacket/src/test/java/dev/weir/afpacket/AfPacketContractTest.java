package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.contract.CaptureContract;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract of captures, with blocks and with frames. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
class AfPacketContractTest {
    @Nested
    class Blocks extends OnVeth {
        Blocks() {
            super(Map.of());
        }
    }

    @Nested
    class Frames extends OnVeth {
        Frames() {
            super(Map.of("latency", "low"));
        }
    }

    abstract static class OnVeth extends CaptureContract {
        private final Map<String, String> options;
        private VethLab lab;
        private AfPacketTransmitter out;

        OnVeth(Map<String, String> options) {
            this.options = options;
        }

        @BeforeEach
        void open() {
            lab = new VethLab();
            out = lab.transmitter(VethLab.LEFT);
        }

        @AfterEach
        void close() {
            out.close();
            lab.close();
        }

        @Override
        protected CaptureProvider provider() {
            return new AfPacketProvider();
        }

        @Override
        protected String target() {
            return VethLab.RIGHT;
        }

        @Override
        protected Map<String, String> options() {
            return options;
        }

        @Override
        protected void inject(List<byte[]> frames) {
            VethLab.send(out, frames);
        }

        @Override
        protected <T> T inside(Callable<T> action) {
            return lab.inside(action);
        }

        @Override
        protected void checkTraits(CaptureTraits traits) {
            assertTrue(traits.passive());
            assertTrue(traits.pinsMemory());
            assertTrue(traits.symmetric());
        }

        @Override
        protected String unknownTarget() {
            return "nosuch0";
        }

        @Override
        protected Set<String> freeTextOptions() {
            return Set.of();
        }

        @Override
        protected Map<String, String> severalQueues() {
            return with(Map.of("queues", "3"));
        }

        @Override
        protected Map<String, String> smallOptions() {
            return with(Map.of("blocks", "4", "block-size", "64K"));
        }

        @Override
        protected int framesToOverflow() {
            return 2_000;
        }

        private Map<String, String> with(Map<String, String> more) {
            Map<String, String> all = new HashMap<>(options);
            all.putAll(more);
            return all;
        }
    }
}
