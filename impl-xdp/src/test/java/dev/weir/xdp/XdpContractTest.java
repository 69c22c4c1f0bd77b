package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.contract.CaptureContract;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract of captures, with the program run by the driver and by the kernel, and across a bridge. */
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
        /** Behind an Ethernet and an IPv4 header, the second byte of the UDP header. */
        private static final int SOURCE_PORT_LOW = 14 + 20 + 1;

        private final Map<String, String> options;
        private XdpLab lab;
        private XdpTransmitter[] out;

        OnVeth(Map<String, String> options) {
            this.options = options;
        }

        @BeforeEach
        void open(NetworkLab network) {
            lab = new XdpLab(network);
            out = new XdpTransmitter[] {lab.transmitter()};
        }

        @AfterEach
        void close() {
            for (XdpTransmitter transmitter : out) {
                transmitter.close();
            }
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
            List<List<byte[]>> shares = new ArrayList<>();
            for (int i = 0; i < out.length; i++) {
                shares.add(new ArrayList<>());
            }
            for (byte[] frame : frames) {
                shares.get(Math.floorMod(frame[SOURCE_PORT_LOW], out.length)).add(frame);
            }
            for (int i = 0; i < out.length; i++) {
                XdpLab.send(out[i], shares.get(i));
            }
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
        protected Map<String, String> severalQueues() {
            out[0].close();
            lab.layCableWithQueues(2);
            out = new XdpTransmitter[] {
                XdpLab.transmitter(lab.there(), "eth0?queue=0"), XdpLab.transmitter(lab.there(), "eth0?queue=1")
            };
            return with(Map.of("queues", "0-1"));
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

    @Nested
    class NativeBridge extends AcrossBridge {
        NativeBridge() {
            super(Map.of("bridge", "true", "mode", "native"));
        }
    }

    @Nested
    class GenericBridge extends AcrossBridge {
        GenericBridge() {
            super(Map.of("bridge", "true", "mode", "generic"));
        }
    }

    @NetworkLabTest
    abstract static class AcrossBridge extends CaptureContract {
        private final Map<String, String> options;
        private BridgeLab lab;
        private XdpTransmitter out;
        private XdpSource arrivals;

        AcrossBridge(Map<String, String> options) {
            this.options = options;
        }

        @BeforeEach
        void open(NetworkLab network) {
            lab = new BridgeLab(network);
            out = XdpLab.transmitter(lab.left(), XdpLab.INTERFACE);
            arrivals = BridgeLab.arrivals(lab.right());
        }

        @AfterEach
        void close() {
            out.close();
            arrivals.close();
        }

        @Override
        protected CaptureProvider provider() {
            return new XdpProvider();
        }

        @Override
        protected String target() {
            return BridgeLab.BOTH;
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
            return lab.middle().call(action);
        }

        @Override
        protected void checkTraits(CaptureTraits traits) {
            assertEquals(Set.of(Kind.ACCEPT, Kind.DROP, Kind.REPLACE), traits.carriesOut());
            assertFalse(traits.pinsMemory());
            assertTrue(traits.symmetric());
        }

        @Override
        protected String unknownTarget() {
            return "nosuch0"; // of two that are named the one that is missing is told, not both
        }

        @Override
        protected Map<String, String> smallOptions() {
            Map<String, String> small = new HashMap<>(options);
            small.putAll(Map.of("ring", "64", "frames", "512"));
            return small;
        }

        @Override
        protected int framesToOverflow() {
            return 2_000;
        }

        @Override
        protected Set<Integer> awaitPassed(int count) {
            return XdpLab.numbers(arrivals.queues().get(0), count);
        }
    }
}
