package dev.weir.nfqueue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Outcome;
import dev.weir.Loss;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of packets: seen by sockets of a client and a server, with the filter between them. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueVerdictKernelTest {
    private static final int PORT = 7000;
    private static final int PATIENCE_MS = 5_000;
    private static final int SILENCE_MS = 200;
    private static final byte[] QUESTION = "question".getBytes(UTF_8);

    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    // Each verdict

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void acceptedArriveAndDroppedDoNot(int version) throws Exception {
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(builder -> builder.classify(
                        (packet, flow) -> text(packet).startsWith("bad") ? Verdict.DROP : Verdict.ACCEPT));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            for (String text : List.of("good 1", "bad 1", "bad 2", "good 2")) {
                send(client, version, text.getBytes(UTF_8));
            }
            assertEquals("good 1", receive(server));
            assertEquals("good 2", receive(server));
            assertSilent(server);
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(2, ledger.decisions().count(Outcome.ACCEPTED));
            assertEquals(2, ledger.decisions().count(Outcome.DROPPED));
            assertTrue(ledger.isBalanced());
            assertEquals(0, ledger.lost());
        }
    }

    @Test
    void aMarkIsSeenByALaterRuleAndKeepsTheBitsOutsideItsMask() throws Exception {
        lab.ipv4Rule("-t mangle -A PREROUTING -p udp -j MARK --set-mark 0xf0");
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        lab.ipv4Rule("-t mangle -A POSTROUTING -p udp -m mark --mark 0xf7");
        List<Integer> marks = Collections.synchronizedList(new ArrayList<>());
        Verdict mark = new Verdict.Mark(0x1237, 0x0f, Verdict.Scope.PACKET, dev.weir.Reason.NONE);
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> {
                    marks.add(packet.mark());
                    return mark;
                }));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            send(client, 4, QUESTION);
            assertEquals("question", receive(server));
            assertEquals(List.of(0xf0), marks);
            assertEquals(1, lab.matched("mangle", "POSTROUTING", "mark match 0xf7"));
            pipeline.stop();
            assertEquals(1, pipeline.ledger().decisions().count(Outcome.MARKED));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4 no", "4 a much longer answer than was asked for", "6 no", "6 a much longer one, too"})
    void aReplacedDatagramIsTakenByTheReceiversKernel(String versionAndAnswer) throws Exception {
        int version = versionAndAnswer.charAt(0) - '0';
        String answer = versionAndAnswer.substring(2);
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> rewrite(packet, answer)));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            send(client, version, QUESTION);
            assertEquals(answer, receive(server));
            pipeline.stop();
            assertEquals(1, pipeline.ledger().decisions().count(Outcome.REPLACED));
            assertEquals(0, pipeline.ledger().unsupported());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"4 no", "4 a much longer answer than was asked for", "6 no", "6 a much longer one, too"})
    void replacedTcpDataIsReadByTheClient(String versionAndAnswer) throws Exception {
        int version = versionAndAnswer.charAt(0) - '0';
        String answer = versionAndAnswer.substring(2);
        lab.rule("-A FORWARD -p tcp --sport " + PORT + " -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> rewrite(packet, answer)));
                ServerSocket server = lab.server.call(() -> new ServerSocket(PORT));
                Socket client = connect(version);
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write(QUESTION);
            assertEquals(answer, new String(client.getInputStream().readNBytes(answer.length()), UTF_8));
            assertEquals(0, pipeline.ledger().unsupported());
        }
    }

    @Test
    void replacingALargeUnsegmentedPacketKeepsTheConnectionIntact() throws Exception {
        lab.filter.ip("link", "set", "eth0", "gso_max_segs", "1"); // so the kernel itself cuts it
        lab.rule("-A FORWARD -p tcp --sport " + PORT + " -j NFQUEUE --queue-num 0");
        byte[] sent = new byte[4 << 20];
        new Random(1).nextBytes(sent);
        int[] largest = {0};
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> {
                    Headers headers = packet.headers();
                    largest[0] = Math.max(largest[0], packet.capturedLength());
                    if (headers.payloadLength() < 1) {
                        return Verdict.ACCEPT;
                    }
                    ByteBuffer bytes = packet.replace(packet.capturedLength());
                    for (int i = headers.payloadOffset(); i < bytes.limit(); i++) {
                        bytes.put(i, (byte) (bytes.get(i) ^ 0x5a));
                    }
                    return Verdict.REPLACE;
                }));
                ServerSocket server = lab.server.call(() -> new ServerSocket(PORT));
                Socket client = connect(4);
                Socket accepted = server.accept()) {
            Thread writer = new Thread(() -> {
                try (Socket out = accepted) {
                    out.getOutputStream().write(sent);
                } catch (IOException e) {
                    // then the reader fails
                }
            });
            writer.start();
            byte[] received = client.getInputStream().readAllBytes();
            writer.join();
            for (int i = 0; i < sent.length; i++) {
                sent[i] ^= 0x5a;
            }
            assertTrue(java.util.Arrays.equals(sent, received), "every byte changed as it should");
            pipeline.stop();
            assertTrue(largest[0] > 1_500, "large packets came: " + largest[0]);
            assertEquals(0, pipeline.ledger().unsupported());
        }
    }

    @Test
    void aLargeUnsegmentedPacketThatBecameShortIsRefused() throws Exception {
        lab.rule("-A FORWARD -p tcp --sport " + PORT + " -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> {
                    if (packet.capturedLength() < 2_000) {
                        return Verdict.ACCEPT;
                    }
                    int payload = packet.headers().payloadOffset();
                    packet.replace(payload + 10).put(payload, "abcdefghij".getBytes(UTF_8));
                    return Verdict.REPLACE;
                }));
                ServerSocket server = lab.server.call(() -> new ServerSocket(PORT));
                Socket client = connect(4);
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write("0123456789".repeat(600).getBytes(UTF_8));
            // dropped, and sent again in segments, which pass
            assertEquals("0123456789", new String(client.getInputStream().readNBytes(10), UTF_8));
            assertTrue(pipeline.ledger().unsupported() > 0);
        }
    }

    @Test
    void aReplacementAboveTheMtuIsDroppedAndCounted() throws Exception {
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        String fits = "x".repeat(1_500 - 20 - 8);
        String doesNot = fits + "x";
        try (Pipeline pipeline = start(builder ->
                        builder.classify((packet, flow) -> rewrite(packet, flow.packets() == 1 ? doesNot : fits)));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            send(client, 4, QUESTION);
            send(client, 4, QUESTION);
            assertEquals(fits, receive(server));
            assertSilent(server);
            pipeline.stop();
            assertEquals(1, pipeline.ledger().unsupported());
        }
    }

    @Test
    void aPacketOfWhichOnlyAPartWasCopiedIsNotReplaced() throws Exception {
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start(
                        "0?copy-range=68",
                        builder -> builder.classify((packet, flow) -> {
                            assertEquals(68, packet.capturedLength());
                            assertEquals(528, packet.wireLength());
                            packet.replace(68);
                            return flow.packets() == 1 ? Verdict.REPLACE : Verdict.ACCEPT;
                        }));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            byte[] long500 = "y".repeat(500).getBytes(UTF_8);
            send(client, 4, long500);
            send(client, 4, long500);
            assertEquals("y".repeat(500), receive(server));
            assertSilent(server);
            pipeline.stop();
            assertEquals(1, pipeline.ledger().unsupported());
        }
    }

    // Order, fragments

    @Test
    void verdictsMayComeInAnyOrderAndPacketsLeaveInThatOrder() throws Exception {
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        Random random = new Random(42);
        try (CaptureSource source = lab.open("0");
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            CaptureQueue queue = source.queues().get(0);
            for (int i = 0; i < 600; i++) {
                send(client, 4, Integer.toString(i).getBytes(UTF_8));
            }
            List<Slot> held = FilterLab.take(queue, 600);
            Collections.shuffle(held.subList(100, 300), random); // the first hundred and the rest as they came
            for (int i = 300; i < 600; i += 20) {
                Collections.swap(held, i, i + 3);
            }
            Verdict mark = Verdict.mark(7);
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < held.size(); i++) {
                Slot slot = held.get(i);
                Verdict verdict = i / 10 % 4 == 0 ? Verdict.DROP : i % 50 == 15 ? mark : Verdict.ACCEPT;
                if (verdict != Verdict.DROP) {
                    expected.add(text(slot));
                }
                assertTrue(queue.verdict(slot, verdict));
                queue.release(slot);
            }
            queue.flush();
            List<String> passed = new ArrayList<>();
            for (int i = 0; i < expected.size(); i++) {
                passed.add(receive(server));
            }
            assertEquals(expected, passed);
            assertSilent(server);
            assertEquals(0, queue.lost(Loss.FLUSHED));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aDatagramInFragmentsPassesWholeOrNotAtAll(int version) throws Exception {
        lab.rule("-t raw -A PREROUTING -i eth0 -j NFQUEUE --queue-num 0");
        int[] fragments = {0};
        try (Pipeline pipeline = start(builder -> builder.classify((packet, flow) -> {
                    boolean fragment = packet.headers().isFragment();
                    fragments[0] += fragment ? 1 : 0;
                    boolean second = fragment && packet.headers().fragmentOffset() > 0 && flow.packets() > 6;
                    return second ? Verdict.DROP : Verdict.ACCEPT;
                }));
                DatagramSocket server = datagrams(PORT);
                DatagramSocket client = clientDatagrams()) {
            String text = "z".repeat(4_000);
            send(client, version, text.getBytes(UTF_8));
            send(client, version, text.getBytes(UTF_8));
            assertEquals(text, receive(server));
            assertEquals(text, receive(server));
            send(client, version, text.getBytes(UTF_8));
            assertSilent(server);
            pipeline.stop();
            assertEquals(9, fragments[0]);
        }
    }

    // Helpers

    private Pipeline start(UnaryOperator<PipelineBuilder> parts) {
        return start("0", parts);
    }

    private Pipeline start(String what, UnaryOperator<PipelineBuilder> parts) {
        Pipeline pipeline = lab.filter.call(
                () -> parts.apply(Pipeline.from("nfqueue:" + what)).open());
        pipeline.start();
        return pipeline;
    }

    private static String text(Packet packet) {
        Headers headers = packet.headers();
        int length = Math.max(0, headers.payloadLength());
        byte[] payload = new byte[length];
        if (length > 0) {
            packet.bytes().get(headers.payloadOffset(), payload, 0, length);
        }
        return new String(payload, UTF_8);
    }

    private static Verdict rewrite(Packet packet, String answer) {
        if (!text(packet).equals("question")) {
            return Verdict.ACCEPT;
        }
        int payload = packet.headers().payloadOffset();
        byte[] bytes = answer.getBytes(UTF_8);
        packet.replace(payload + bytes.length).put(payload, bytes);
        return Verdict.REPLACE;
    }

    private DatagramSocket datagrams(int port) {
        return lab.server.call(() -> {
            DatagramSocket socket = new DatagramSocket(port);
            socket.setReceiveBufferSize(4 << 20);
            return socket;
        });
    }

    private DatagramSocket clientDatagrams() {
        return lab.client.call(() -> new DatagramSocket());
    }

    private Socket connect(int version) {
        return lab.client.call(() -> {
            Socket socket = new Socket();
            socket.connect(address(version), PATIENCE_MS);
            socket.setSoTimeout(PATIENCE_MS);
            return socket;
        });
    }

    private InetSocketAddress address(int version) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(version == 4 ? lab.server.ipv4() : lab.server.ipv6()), PORT);
    }

    private void send(DatagramSocket client, int version, byte[] payload) throws IOException {
        client.send(new DatagramPacket(payload, payload.length, address(version)));
    }

    private static String receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.setSoTimeout(PATIENCE_MS);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), UTF_8);
    }

    private static void assertSilent(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(SILENCE_MS);
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        assertThrows(SocketTimeoutException.class, () -> socket.receive(packet));
        assertFalse(socket.isClosed());
    }
}
