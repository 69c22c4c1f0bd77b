package dev.weir.sockdiag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.Attribution;
import dev.weir.Attribution.Certainty;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.WeirException;
import dev.weir.spi.Availability;
import dev.weir.spi.Options;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Asks about this process's own sockets, which needs no rights. */
@Timeout(30)
class SockDiagLoopbackTest {
    private static final int PID = (int) ProcessHandle.current().pid();

    private final SockDiagCorrelatorProvider provider = new SockDiagCorrelatorProvider();
    private FlowCorrelator correlator;
    private long flowId;

    private static final class Question implements FlowCorrelator.Question {
        private final FlowKey key;
        private final long flowId;
        private int attempt = 1;
        private final List<Attribution> answers = new ArrayList<>();

        Question(FlowKey key, long flowId) {
            this.key = key;
            this.flowId = flowId;
        }

        @Override
        public FlowKey key() {
            return key;
        }

        @Override
        public long flowId() {
            return flowId;
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public long ageNs() {
            return 0;
        }

        @Override
        public void answer(Attribution attribution) {
            answers.add(attribution);
        }

        Attribution last() {
            return answers.isEmpty() ? Attribution.PENDING : answers.get(answers.size() - 1);
        }
    }

    @BeforeEach
    void create() {
        Availability availability = provider.probe();
        assertEquals(Availability.YES, availability);
        // Other tests keep the machine busy: no search is to end for want of time.
        correlator = provider.create(options(Map.of("walk-limit", "5s")));
    }

    @AfterEach
    void close() {
        correlator.close();
    }

    private Options options(Map<String, String> values) {
        return Options.of("sockdiag", provider.options(), values);
    }

    private Question question(int protocol, InetSocketAddress from, InetSocketAddress to) {
        return new Question(
                FlowKey.of(
                        protocol,
                        from.getAddress().getHostAddress(),
                        from.getPort(),
                        to.getAddress().getHostAddress(),
                        to.getPort()),
                ++flowId);
    }

    private Attribution ask(Question question) {
        correlator.correlate(List.of(question));
        question.attempt++;
        return question.last();
    }

    private static InetSocketAddress local(Socket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static InetSocketAddress remote(Socket socket) {
        return (InetSocketAddress) socket.getRemoteSocketAddress();
    }

    private static void assertIsThisProcess(SocketOwner owner) throws IOException {
        assertEquals(PID, owner.pid());
        assertEquals(Files.readString(Path.of("/proc/self/comm")).strip(), owner.comm());
        assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), owner.uid());
        assertTrue(Files.readString(Path.of("/proc/self/cgroup")).contains(owner.cgroup()));
        assertNotEquals(0, owner.cookie());
    }

    private static void requireIpv6(String address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(address, 0));
        } catch (IOException e) {
            assumeTrue(!address.contains(":"), "no IPv6 here: " + e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.7.7.7", "::1"})
    void aTcpConnectionWithinTheHostHasTwoOwners(String address) throws IOException {
        requireIpv6(address);
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName(address));
                Socket client = new Socket(InetAddress.getByName(address), server.getLocalPort())) {
            Question question = question(Protocols.TCP, local(client), remote(client));
            Attribution early = ask(question);
            assertEquals(Certainty.LIKELY, early.certainty(), early::toString);
            assertEquals("LISTEN", early.responder().state(), "nobody has accepted it yet");
            assertIsThisProcess(early.responder());

            try (Socket accepted = server.accept()) {
                assertTrue(accepted.isConnected());
                Attribution answer = ask(question);
                assertEquals(Certainty.CERTAIN, answer.certainty(), answer::toString);
                assertEquals("sockdiag", answer.correlator());
                assertIsThisProcess(answer.initiator());
                assertIsThisProcess(answer.responder());
                assertEquals("ESTABLISHED", answer.initiator().state());
                assertNotEquals(answer.initiator().inode(), answer.responder().inode());
            }
        }
    }

    @Test
    void aSocketOfIpv6ThatServesIpv4IsFound() throws IOException {
        try (ServerSocket server = new ServerSocket(0);
                Socket client = new Socket("127.0.0.1", server.getLocalPort());
                Socket accepted = server.accept()) {
            assertTrue(accepted.isConnected());
            Attribution answer = ask(question(Protocols.TCP, local(client), remote(client)));
            assertEquals(Certainty.CERTAIN, answer.certainty(), answer::toString);
            assertIsThisProcess(answer.responder());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aUdpSocketWithAPeerIsExactAndTheServersIsInferred(String address) throws IOException {
        requireIpv6(address);
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName(address));
                DatagramSocket client = new DatagramSocket(0, InetAddress.getByName(address))) {
            client.connect(server.getLocalSocketAddress());
            Attribution answer =
                    ask(question(Protocols.UDP, (InetSocketAddress) client.getLocalSocketAddress(), (InetSocketAddress)
                            server.getLocalSocketAddress()));
            assertEquals(Certainty.LIKELY, answer.certainty(), answer::toString);
            assertEquals("ESTABLISHED", answer.initiator().state());
            assertEquals("UNCONNECTED", answer.responder().state());
            assertIsThisProcess(answer.initiator());
            assertIsThisProcess(answer.responder());
        }
    }

    @Test
    void aUdpSocketBoundToAllAddressesIsFoundForLocalOnesAlone() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            InetSocketAddress here = new InetSocketAddress("127.0.0.1", socket.getLocalPort());
            InetSocketAddress there = new InetSocketAddress("240.0.0.1", socket.getLocalPort());
            InetSocketAddress peer = new InetSocketAddress("198.51.100.1", 53);
            assertIsThisProcess(ask(question(Protocols.UDP, here, peer)).initiator());
            assertIsThisProcess(ask(question(Protocols.UDP, peer, here)).responder());
            assertNull(ask(question(Protocols.UDP, there, peer)).owner());
        }
    }

    @Test
    void aFlowOfOtherHostsIsToldAsSuch() {
        Question question =
                question(Protocols.TCP, new InetSocketAddress("240.0.0.1", 1), new InetSocketAddress("240.0.0.2", 80));
        Attribution answer = ask(question);
        assertEquals(Certainty.UNKNOWN, answer.certainty());
        assertTrue(answer.explanation().contains("240.0.0.1 and 240.0.0.2 are no addresses"), answer::explanation);
        ask(question);
        assertEquals(1, question.answers.size(), "told once");
    }

    @Test
    void aConnectionThatIsOverSaysWhyItsOwnerIsUnknown() throws IOException {
        InetSocketAddress from;
        InetSocketAddress to;
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            from = local(client);
            to = remote(client);
            client.shutdownOutput();
            assertEquals(-1, accepted.getInputStream().read());
            accepted.shutdownOutput();
            assertEquals(-1, client.getInputStream().read(), "the kernel knows that both sides have closed");
        }
        Attribution answer = ask(question(Protocols.TCP, from, to));
        assertEquals(Certainty.UNKNOWN, answer.certainty());
        assertTrue(answer.explanation().contains("TIME_WAIT"), answer::explanation);
    }

    @Test
    void otherProtocolsAreUnknownWithTheReason() {
        Attribution icmp = ask(new Question(FlowKey.of(Protocols.ICMP, "127.0.0.1", 1, "127.0.0.1", 1), 1));
        assertEquals(Certainty.UNKNOWN, icmp.certainty());
        assertTrue(icmp.explanation().contains("ICMP"), icmp::explanation);
        Attribution arp = ask(new Question(FlowKey.NOT_IP, 2));
        assertTrue(arp.explanation().contains("not IP"), arp::explanation);
    }

    @Test
    void aBatchLargerThanOneSendIsAnsweredInFull() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            List<Question> questions = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                questions.add(
                        i % 3 == 0
                                ? question(Protocols.TCP, local(client), remote(client))
                                : i % 3 == 1
                                        ? question(Protocols.TCP, local(accepted), remote(accepted))
                                        : question(
                                                Protocols.TCP,
                                                new InetSocketAddress("240.0.0.1", i),
                                                new InetSocketAddress("240.0.0.2", 80)));
            }
            correlator.correlate(questions);
            for (int i = 0; i < 300; i++) {
                Certainty expected = i % 3 == 2 ? Certainty.UNKNOWN : Certainty.CERTAIN;
                assertEquals(expected, questions.get(i).last().certainty());
            }
        }
    }

    @Test
    void anAnswerSurvivesTheSocketUntilTheFlowEnds() throws IOException {
        Question question;
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            question = question(Protocols.TCP, local(client), remote(client));
            ask(question);
        }
        Attribution answer = ask(question);
        assertIsThisProcess(answer.initiator());
        correlator.flowEnded(question.key());
        Attribution afresh = ask(new Question(question.key(), ++flowId));
        assertNull(afresh.owner());
    }

    @Test
    void wrongOptionsAreRefusedWithWhatIsAllowed() {
        WeirException noProc =
                assertThrows(WeirException.class, () -> provider.create(options(Map.of("proc", "/nowhere"))));
        assertTrue(noProc.getMessage().contains("proc(5)"), noProc.getMessage());
        WeirException noTime =
                assertThrows(WeirException.class, () -> provider.create(options(Map.of("walk-limit", "1h"))));
        assertTrue(noTime.getMessage().contains("1ms to 5s"), noTime.getMessage());
    }
}
