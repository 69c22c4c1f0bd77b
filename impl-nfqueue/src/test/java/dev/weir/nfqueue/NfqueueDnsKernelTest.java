package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger.Outcome;
import dev.weir.Pipeline;
import dev.weir.packet.Bytes;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.DnsMessageBuilder;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plug-in {@code dns} between a resolver and its client. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueDnsKernelTest {
    private static final int PORT = 53;
    private static final int PATIENCE_MS = 5_000;
    private static final int SILENCE_MS = 300;
    private static final String GOOD = "www.good.example";
    private static final String BAD = "malicious-ads.com";

    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    private Pipeline start(String blocking) {
        Pipeline pipeline = lab.filter.call(() -> Pipeline.from("nfqueue:0")
                .classify("dns", Map.of("block", "malicious-.*\\.com", "blocking", blocking))
                .open());
        pipeline.start();
        return pipeline;
    }

    private DatagramSocket server() {
        return lab.server.call(() -> new DatagramSocket(PORT));
    }

    private DatagramSocket client() {
        return lab.client.call(() -> new DatagramSocket());
    }

    private static DatagramPacket receive(DatagramSocket socket, int timeoutMs) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
        socket.setSoTimeout(timeoutMs);
        socket.receive(packet);
        return packet;
    }

    private void ask(DatagramSocket client, int version, String name) throws IOException {
        byte[] query = DnsMessageBuilder.query(7).question(name, DnsType.A).build();
        InetAddress address = InetAddress.getByName(version == 4 ? lab.server.ipv4() : lab.server.ipv6());
        client.send(new DatagramPacket(query, query.length, new InetSocketAddress(address, PORT)));
    }

    /** Waits for a question, and answers it. */
    private static void answer(DatagramSocket server, String name) throws IOException {
        DatagramPacket question = receive(server, PATIENCE_MS);
        byte[] answer = DnsMessageBuilder.response(7, 0)
                .question(name, DnsType.A)
                .address(name, "192.0.2.1")
                .build();
        server.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
    }

    private static DnsView answerTo(DatagramSocket client) throws IOException {
        DatagramPacket packet = receive(client, PATIENCE_MS);
        DnsView view = new DnsView();
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        assertTrue(view.wrap(Bytes.of(bytes), 0, bytes.length));
        return view;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theClientIsToldThatThereIsNoSuchName(int version) throws Exception {
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("nxdomain");
                DatagramSocket server = server();
                DatagramSocket client = client()) {
            ask(client, version, GOOD);
            answer(server, GOOD);
            assertEquals(1, answerTo(client).count(DnsSection.ANSWER));
            ask(client, version, BAD);
            answer(server, BAD);
            DnsView told = answerTo(client);
            assertEquals("NXDOMAIN", DnsType.responseCode(told.responseCode()));
            assertEquals(0, told.count(DnsSection.ANSWER));
            assertEquals(7, told.id());
            pipeline.stop();
            assertEquals(1, pipeline.ledger().decisions().count(Outcome.REPLACED));
            assertEquals(0, pipeline.ledger().unsupported());
            assertTrue(pipeline.ledger().isBalanced());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aBlockedQuestionDoesNotReachTheServer(int version) throws Exception {
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("drop");
                DatagramSocket server = server();
                DatagramSocket client = client()) {
            ask(client, version, BAD);
            assertThrows(SocketTimeoutException.class, () -> receive(server, SILENCE_MS));
            ask(client, version, GOOD);
            answer(server, GOOD);
            assertEquals(1, answerTo(client).count(DnsSection.ANSWER));
            pipeline.stop();
            assertEquals(1, pipeline.ledger().decisions().count(Outcome.DROPPED));
        }
    }
}
