package dev.weir.nfqueue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger.Outcome;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see of rejected packets. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueRejectKernelTest {
    private static final int PORT = 7000;
    private static final int PATIENCE_MS = 5_000;
    private static final int SILENCE_MS = 500;

    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    @ParameterizedTest
    @CsvSource({"FORWARD,4", "FORWARD,6", "INPUT,4", "INPUT,6", "OUTPUT,4", "OUTPUT,6"})
    void aConnectionIsRefusedAtOnce(String chain, int version) throws IOException {
        lab.rule("-A " + chain + " -p tcp -j NFQUEUE --queue-num 0");
        LabHost client = chain.equals("OUTPUT") ? lab.filter : lab.client;
        String address = address(chain, version);
        try (Pipeline pipeline = start("0", Verdict.REJECT)) {
            long beginNs = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThrows(ConnectException.class, () -> connect(client, address));
            }
            // A first retransmission of the SYN would come after a second, for each of them.
            assertTrue(System.nanoTime() - beginNs < TimeUnit.SECONDS.toNanos(2));
            pipeline.stop();
            assertEquals(20, pipeline.ledger().decisions().count(Outcome.REJECTED));
            assertEquals(20, pipeline.ledger().received());
            assertEquals(0, pipeline.ledger().unsupported());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void anEstablishedConnectionIsReset(int version) throws Exception {
        lab.rule("-A FORWARD -p tcp --dport " + PORT + " -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("0", Verdict.REJECT, "forbidden");
                ServerSocket server = lab.server.call(() -> new ServerSocket(PORT));
                Socket client = connect(lab.client, address("FORWARD", version));
                Socket accepted = server.accept()) {
            assertTrue(accepted.isConnected());
            client.setSoTimeout(PATIENCE_MS);
            client.getOutputStream().write("forbidden".getBytes(UTF_8));
            SocketException reset = assertThrows(
                    SocketException.class, () -> client.getInputStream().read());
            assertFalse(reset.getMessage().contains("timed out"), reset.getMessage());
            assertEquals(1, pipeline.ledger().decisions().count(Outcome.REJECTED));
        }
    }

    @ParameterizedTest
    @CsvSource({"FORWARD,4", "FORWARD,6", "INPUT,4", "INPUT,6", "OUTPUT,4", "OUTPUT,6"})
    void aSenderOfDatagramsIsToldThatTheyAreProhibited(String chain, int version) throws Exception {
        lab.rule("-A " + chain + " -p udp --dport " + PORT + " -j NFQUEUE --queue-num 0");
        LabHost from = chain.equals("OUTPUT") ? lab.filter : lab.client;
        InetSocketAddress to = new InetSocketAddress(InetAddress.getByName(address(chain, version)), PORT);
        try (Pipeline pipeline = start("0", Verdict.REJECT);
                DatagramSocket client = from.call(() -> new DatagramSocket())) {
            client.connect(to);
            client.setSoTimeout(PATIENCE_MS);
            client.send(new DatagramPacket(new byte[100], 100));
            IOException told =
                    assertThrows(IOException.class, () -> client.receive(new DatagramPacket(new byte[100], 100)));
            assertFalse(told instanceof SocketTimeoutException, told.toString());
            assertEquals(1, pipeline.ledger().received());
        }
    }

    @Test
    void withoutTheRightToTellAnybodyAPacketIsDroppedAndThatIsSaid() throws Exception {
        lab.rule("-A FORWARD -p udp --dport " + PORT + " -j NFQUEUE --queue-num 0");
        LabProcess filter = FilterProcess.start(
                lab.filter,
                List.of("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"),
                "nfqueue:0",
                "reject");
        filter.awaitOutput(FilterProcess.READY, Duration.ofSeconds(30));
        assertTrue(filter.output().contains("CAP_NET_RAW"), filter.output());
        try (DatagramSocket server = lab.server.call(() -> new DatagramSocket(PORT));
                DatagramSocket client = lab.client.call(() -> new DatagramSocket())) {
            client.connect(new InetSocketAddress(address("FORWARD", 4), PORT));
            client.setSoTimeout(SILENCE_MS);
            server.setSoTimeout(SILENCE_MS);
            client.send(new DatagramPacket(new byte[100], 100));
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            assertThrows(SocketTimeoutException.class, () -> server.receive(packet));
            assertThrows(SocketTimeoutException.class, () -> client.receive(packet));
        }
    }

    @Test
    void anAnswerThatARuleQueuesAgainPassesUnjudged() throws IOException {
        lab.rule("-A FORWARD -p tcp -j NFQUEUE --queue-num 0");
        lab.rule("-A OUTPUT -p tcp -j NFQUEUE --queue-num 0");
        lab.rule("-t mangle -A POSTROUTING -p tcp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("0", Verdict.REJECT)) {
            assertThrows(ConnectException.class, () -> connect(lab.client, address("FORWARD", 4)));
            assertThrows(ConnectException.class, () -> connect(lab.client, address("FORWARD", 6)));
            pipeline.stop();
            assertEquals(2, pipeline.ledger().received());
            assertEquals(0, pipeline.ledger().lost());
            assertTrue(pipeline.ledger().isBalanced());
        }
    }

    @Test
    void moreThanTheRateIsOnlyDroppedAndCounted() throws IOException {
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("0?reject-rate=10", Verdict.REJECT);
                DatagramSocket client = lab.client.call(() -> new DatagramSocket())) {
            InetSocketAddress to = new InetSocketAddress(InetAddress.getByName(lab.server.ipv4()), PORT);
            for (int i = 0; i < 100; i++) {
                client.send(new DatagramPacket(new byte[100], 100, to));
            }
            pipeline.stop();
            assertEquals(100, pipeline.ledger().decisions().count(Outcome.REJECTED));
            long untold = pipeline.ledger().unsupported();
            assertTrue(untold >= 80 && untold <= 90, untold + " untold");
        }
    }

    @Test
    void aDirectedBroadcastIsDroppedAndNotAnswered() throws IOException {
        lab.ipv4Rule("-A INPUT -p udp -j NFQUEUE --queue-num 0");
        lab.client.ip("addr", "add", "10.99.0.1/24", "broadcast", "10.99.0.255", "dev", lab.client.interfaceName());
        lab.filter.ip(
                "addr",
                "add",
                "10.99.0.2/24",
                "broadcast",
                "10.99.0.255",
                "dev",
                lab.filter.interfaces().get(0).name());
        lab.ipv4Rule("-A OUTPUT -p icmp --icmp-type 3/13");
        try (Pipeline pipeline = start("0", Verdict.REJECT);
                DatagramSocket client = lab.client.call(() -> new DatagramSocket())) {
            client.setBroadcast(true);
            client.send(new DatagramPacket(new byte[9], 9, new InetSocketAddress("10.99.0.255", PORT)));
            client.send(new DatagramPacket(new byte[9], 9, new InetSocketAddress("10.99.0.2", PORT)));
            while (pipeline.ledger().received() < 2) {
                Thread.onSpinWait();
            }
            pipeline.stop();
            assertEquals(2, pipeline.ledger().decisions().count(Outcome.REJECTED));
            assertEquals(1, lab.matched("filter", "OUTPUT", "icmptype 3 code 13"));
        }
    }

    private String address(String chain, int version) {
        if (chain.equals("INPUT")) {
            return version == 4
                    ? lab.filter.interfaces().get(0).ipv4()
                    : lab.filter.interfaces().get(0).ipv6();
        }
        return version == 4 ? lab.server.ipv4() : lab.server.ipv6();
    }

    private Pipeline start(String what, Verdict verdict) {
        return start(what, verdict, "");
    }

    /** Gives the verdict to packets that hold the text, and lets others pass. */
    private Pipeline start(String what, Verdict verdict, String text) {
        Pipeline pipeline = lab.filter.call(() -> Pipeline.from("nfqueue:" + what)
                .classify((packet, flow) -> holds(packet, text) ? verdict : Verdict.ACCEPT)
                .open());
        pipeline.start();
        return pipeline;
    }

    private static boolean holds(Packet packet, String text) {
        return new String(packet.bytes().toByteArray(), UTF_8).contains(text);
    }

    private static Socket connect(LabHost from, String address) throws IOException {
        Socket socket = from.call(() -> {
            Socket opened = new Socket();
            opened.bind(null); // makes the socket, inside
            return opened;
        });
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByName(address), PORT), PATIENCE_MS);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
