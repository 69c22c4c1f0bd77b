package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.contract.CaptureContract;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The contract of captures: frames come in by a cable, the INPUT chain queues them, a socket sees what passed. */
class NfqueueContractTest {
    @Nested
    class Standard extends OnInput {
        Standard() {
            super(Map.of());
        }
    }

    @Nested
    class FailingOpen extends OnInput {
        FailingOpen() {
            super(Map.of("fail-open", "true", "gso", "false"));
        }
    }

    @NetworkLabTest
    abstract static class OnInput extends CaptureContract {
        private static final int ETHERNET_HEADER_BYTES = 14;

        private final Map<String, String> options;
        private LabHost filter;
        private FrameSender out;
        private DatagramSocket passed;
        private byte[] destination;
        private String target = "0";

        OnInput(Map<String, String> options) {
            this.options = options;
        }

        @BeforeEach
        void open(NetworkLab lab) {
            LabHost sender = lab.host("sender");
            filter = lab.host("filter");
            lab.connect(sender, filter);
            filter.ip("addr", "add", "198.18.0.2/24", "dev", filter.interfaceName());
            iptables("-A INPUT -p udp --dport " + NumberedFrames.PORT + " -j NFQUEUE --queue-num 0");
            destination = FilterLab.hardwareAddress(filter, filter.interfaceName());
            out = new FrameSender(sender, sender.interfaceName());
            passed = filter.call(() -> {
                DatagramSocket socket = new DatagramSocket(NumberedFrames.PORT);
                socket.setReceiveBufferSize(1 << 20);
                return socket;
            });
        }

        private void iptables(String words) {
            filter.run(("iptables -w 5 " + words).split(" "));
        }

        @AfterEach
        void close() {
            out.close();
            passed.close();
        }

        @Override
        protected CaptureProvider provider() {
            return new NfqueueProvider();
        }

        @Override
        protected String target() {
            return target;
        }

        @Override
        protected Map<String, String> options() {
            return options;
        }

        @Override
        protected void inject(List<byte[]> frames) {
            out.send(destination, frames);
        }

        @Override
        protected <T> T inside(Callable<T> action) {
            return filter.call(action);
        }

        @Override
        protected int linkType() {
            return LinkType.RAW;
        }

        @Override
        protected byte[] arrives(byte[] frame) {
            return Arrays.copyOfRange(frame, ETHERNET_HEADER_BYTES, frame.length);
        }

        @Override
        protected void checkTraits(CaptureTraits traits) {
            assertEquals(Set.of(Kind.ACCEPT, Kind.DROP, Kind.MARK, Kind.REPLACE, Kind.REJECT), traits.carriesOut());
            assertFalse(traits.pinsMemory());
            assertTrue(traits.symmetric());
        }

        @Override
        protected String unknownTarget() {
            return "65536";
        }

        /** Queue numbers are no option, but the target. */
        @Override
        protected Map<String, String> severalQueues() {
            iptables("-R INPUT 1 -p udp --dport " + NumberedFrames.PORT + " -j NFQUEUE --queue-balance 0:2");
            target = "0-2";
            return options;
        }

        @Override
        protected Map<String, String> smallOptions() {
            Map<String, String> small = new HashMap<>(options);
            small.put("receive-buffer", "64K");
            return small;
        }

        @Override
        protected int framesToOverflow() {
            return 2_000;
        }

        @Override
        protected Set<Integer> awaitPassed(int count) throws Exception {
            Set<Integer> numbers = new HashSet<>();
            passed.setSoTimeout(2_000);
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            try {
                while (numbers.size() < count) {
                    passed.receive(packet);
                    numbers.add(ByteBuffer.wrap(packet.getData()).getInt(4));
                }
                passed.setSoTimeout(100); // and no more
                passed.receive(packet);
                numbers.add(ByteBuffer.wrap(packet.getData()).getInt(4));
            } catch (SocketTimeoutException e) {
                // these are all
            }
            return numbers;
        }
    }
}
