package dev.weir.nfqueue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Outcome;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions for flows, written to the conntrack mark: the kernel keeps the rest of the flow away from the queue. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class FlowMarkKernelTest {
    private static final int PORT = 7000;
    private static final String ACCEPT = "0x10000000/0x30000000";
    private static final String DROP = "0x20000000/0x30000000";
    private static final String SAVE = " -j CONNMARK --save-mark --nfmask 0x30000000 --ctmask 0x30000000";
    private static final String MARKS = "0?accept-mark=0x10000000&drop-mark=0x20000000";

    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    private void rules() {
        lab.rule("-A FORWARD -m connmark --mark " + ACCEPT + " -j ACCEPT");
        lab.rule("-A FORWARD -m connmark --mark " + DROP + " -j DROP");
        lab.rule("-A FORWARD -m mark --mark " + DROP + SAVE);
        lab.rule("-A FORWARD -m mark --mark " + DROP + " -j DROP");
        lab.rule("-A FORWARD -p tcp -j NFQUEUE --queue-num 0");
        lab.rule("-t mangle -A POSTROUTING -m mark --mark " + ACCEPT + SAVE);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theRestOfAnAcceptedFlowIsNotQueued(int version) throws IOException {
        rules();
        try (Pipeline pipeline = start(packet -> Verdict.ACCEPT_FLOW)) {
            try (Conversation talk = new Conversation(version)) {
                byte[] bytes = new byte[300_000];
                Arrays.fill(bytes, (byte) 'x');
                for (int i = 0; i < 10; i++) {
                    talk.sendAndReceive(bytes);
                }
            }
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            // The SYN alone; all that followed met the mark that was saved with it.
            assertEquals(1, ledger.received());
            assertEquals(1, ledger.decisions().count(Outcome.ACCEPTED));
            assertEquals(1, lab.matched(version, "filter", "FORWARD", "NFQUEUE"));
            assertEquals(1, lab.matched(version, "mangle", "POSTROUTING", "CONNMARK save"));
            long passedBy = lab.matched(version, "filter", "FORWARD", "connmark match  0x10000000");
            assertTrue(passedBy > 100, passedBy + " packets passed by");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theRestOfADroppedFlowIsDroppedByTheKernel(int version) throws Exception {
        rules();
        try (Pipeline pipeline = start(packet -> holds(packet, "bad") ? Verdict.DROP_FLOW : Verdict.ACCEPT);
                Conversation talk = new Conversation(version)) {
            talk.sendAndReceive("good".getBytes(UTF_8));
            talk.client.getOutputStream().write("bad".getBytes(UTF_8));
            awaitMatched(version, "connmark match  0x20000000", 1); // the segment, sent again
            talk.accepted.setSoTimeout(100);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> talk.accepted.getInputStream().read());
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(1, ledger.decisions().count(Outcome.DROPPED));
            assertEquals(ledger.received(), lab.matched(version, "filter", "FORWARD", "NFQUEUE"));
            assertEquals(1, lab.matched(version, "filter", "FORWARD", "CONNMARK save"));
            assertTrue(ledger.isBalanced());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void withoutTheRuleThatDropsADroppedFlowStaysDroppedAndNothingGoesRound(int version) throws Exception {
        lab.rule("-A FORWARD -p tcp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(packet -> holds(packet, "bad") ? Verdict.DROP_FLOW : Verdict.ACCEPT);
                Conversation talk = new Conversation(version)) {
            talk.sendAndReceive("good".getBytes(UTF_8));
            talk.client.getOutputStream().write("bad".getBytes(UTF_8));
            talk.accepted.setSoTimeout(500);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> talk.accepted.getInputStream().read());
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            long dropped = ledger.decisions().count(Outcome.DROPPED);
            assertTrue(dropped >= 1, "nothing was dropped");
            assertEquals(ledger.received() + dropped, lab.matched(version, "filter", "FORWARD", "NFQUEUE"));
            assertTrue(ledger.isBalanced());
            assertEquals(0, ledger.lost());
        }
    }

    private void awaitMatched(int version, String words, int packets) throws InterruptedException {
        long untilNs = System.nanoTime() + 10_000_000_000L;
        while (lab.matched(version, "filter", "FORWARD", words) < packets) {
            assertTrue(
                    System.nanoTime() < untilNs,
                    () -> lab.filter.run(version == 4 ? "iptables" : "ip6tables", "-nvxL"));
            Thread.sleep(20);
        }
    }

    private interface Judge {
        Verdict of(Packet packet);
    }

    private Pipeline start(Judge judge) {
        Pipeline pipeline = lab.filter.call(() -> Pipeline.from("nfqueue:" + MARKS)
                .classify((packet, flow) -> judge.of(packet))
                .open());
        pipeline.start();
        return pipeline;
    }

    private static boolean holds(Packet packet, String text) {
        return new String(packet.bytes().toByteArray(), UTF_8).contains(text);
    }

    /** A connection through the filter. */
    private final class Conversation implements AutoCloseable {
        final Socket client;
        final Socket accepted;

        Conversation(int version) throws IOException {
            String address = version == 4 ? lab.server.ipv4() : lab.server.ipv6();
            try (ServerSocket server = lab.server.call(() -> new ServerSocket(PORT))) {
                client = lab.client.call(() -> {
                    Socket socket = new Socket();
                    socket.connect(new InetSocketAddress(InetAddress.getByName(address), PORT), 5_000);
                    return socket;
                });
                accepted = server.accept();
            }
            accepted.setSoTimeout(5_000);
        }

        void sendAndReceive(byte[] bytes) throws IOException {
            client.getOutputStream().write(bytes);
            assertArrayEquals(bytes, accepted.getInputStream().readNBytes(bytes.length));
        }

        @Override
        public void close() throws IOException {
            client.close();
            accepted.close();
        }
    }
}
