package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.contract.CaptureContract;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract of captures, with the program run by the driver and by the kernel. */
class XdpContractTest {
    @Nested
    class Native extends OnVeth {
        Native() {
            super(Map.of("mode", "native"));
        }
    }

    @Nested
    class Generic extends OnVeth {
        Generic() {
            super(Map.of("mode", "generic"));
        }
    }

    @NetworkLabTest
    abstract static class OnVeth extends CaptureContract {
        private final Map<String, String> options;
        private XdpLab lab;
        private XdpTransmitter out;

        OnVeth(Map<String, String> options) {
            this.options = options;
        }

        @BeforeEach
        void open(NetworkLab network) {
            lab = new XdpLab(network);
            out = lab.transmitter();
        }

        @AfterEach
        void close() {
            out.close();
        }

        @Override
        protected CaptureProvider provider() {
            return new XdpProvider();
        }

        @Override
        protected String target() {
            return XdpLab.INTERFACE;
        }

        @Override
        protected Map<String, String> options() {
            return options;
        }

        @Override
        protected void inject(List<byte[]> frames) {
            XdpLab.send(out, frames);
        }

        @Override
        protected <T> T inside(Callable<T> action) {
            return lab.here().call(action);
        }

        @Override
        protected void checkTraits(CaptureTraits traits) {
            assertTrue(traits.passive());
            assertFalse(traits.pinsMemory());
            assertTrue(traits.symmetric());
        }

        @Override
        protected String unknownTarget() {
            return "nosuch0";
        }

        @Override
        protected Map<String, String> smallOptions() {
            return with(Map.of("ring", "64", "frames", "512"));
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
