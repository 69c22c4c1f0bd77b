package dev.weir.classify.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.tls.Hellos;
import dev.weir.packet.tls.TlsVersions;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over TCP, in pipelines. */
class TlsClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final byte[] HELLO = Hellos.browser("www.example.com").message();
    private static final byte[] ANSWER =
            Hellos.client().suites(0xc02f).alpn("h2").serverMessage(new byte[32]);
    private static final byte[] RETRY = Hellos.client()
            .suites(0x1301)
            .extension(43, new byte[] {3, 4})
            .serverMessage(HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"));
    private static final byte[] APPLICATION_DATA = Hellos.record(23, new byte[100]);

    private final List<TlsHandshake> told = new CopyOnWriteArrayList<>();
    private final List<Application> known = new CopyOnWriteArrayList<>();
    private final MemoryCapture memory = MemoryCapture.create();
    private Pipeline pipeline;
    private int port = 20_000;

    private void run(PipelineBuilder builder) {
        pipeline = builder.classify((packet, flow) -> {
                    known.add(Application.of(flow));
                    return Verdict.CONTINUE;
                })
                .open();
        pipeline.start();
    }

    private void run(TlsPolicy.Builder policy) {
        run(Pipeline.from(memory.name())
                .classify(listening().policy(policy.build()).build()));
    }

    private TlsClassifier.Builder listening() {
        return TlsClassifier.builder().listener((handshake, flow) -> told.add(handshake));
    }

    @AfterEach
    void close() {
        stop();
        memory.close();
    }

    private void stop() {
        if (pipeline != null) {
            pipeline.stop();
            assertTrue(pipeline.ledger().isBalanced());
            assertEquals(0, pipeline.ledger().decisions().count(Ledger.Cause.CLASSIFIER_ERROR));
            pipeline.close();
            pipeline = null;
        }
    }

    private TcpConversation connection() {
        return TcpConversation.between("10.0.0.1", ++port, "10.0.0.2", 443).handshake();
    }

    /** The verdicts of all packets, each awaited before the next is sent. */
    private List<Verdict> send(TcpConversation conversation) {
        List<Verdict> verdicts = new ArrayList<>();
        conversation.frames().forEach(frame -> verdicts.add(memory.inject(frame).await(SOON)));
        return verdicts;
    }

    private static String text(Verdict verdict) {
        return verdict.kind() + " " + verdict.reason().rule();
    }

    private static byte[] records(byte[] message) {
        return Hellos.records(message, 16_384);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100, 700, 1460})
    void tellsOfAHandshakeHoweverItIsCutIntoSegments(int segmentBytes) {
        run(TlsPolicy.builder());
        send(connection()
                .segments(segmentBytes)
                .fromClient(records(HELLO))
                .fromServer(records(ANSWER))
                .fromClient(APPLICATION_DATA));
        assertEquals(1, told.size());
        TlsHandshake handshake = told.get(0);
        assertEquals("www.example.com", handshake.client().serverName());
        assertEquals(List.of("h2", "http/1.1"), handshake.client().alpn());
        assertEquals(TlsVersions.TLS_1_3, handshake.client().version());
        assertEquals(TlsVersions.TLS_1_2, handshake.version());
        assertEquals(0xc02f, handshake.server().cipherSuite());
        assertEquals("h2", handshake.server().alpn());
        assertEquals("771,49199,16", handshake.server().ja3s());
        assertEquals(Direction.FORWARD, handshake.clientDirection());
        assertEquals(0, handshake.quicVersion());
        assertEquals(
                "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-156-157-47,0-10-11-13-16-43-51,4588-29-23-24,0",
                handshake.client().ja3());
        assertEquals("t13d1207h2", handshake.client().ja4().substring(0, 10));
        assertEquals(36, handshake.client().ja4().length());
    }

    @Test
    void theFlowKnowsItsApplicationWithThePacketThatCompletesTheHello() {
        run(TlsPolicy.builder());
        send(connection().fromClient(records(HELLO)).fromServer(records(ANSWER)));
        assertEquals(Application.UNKNOWN, known.get(3), "the first of two segments");
        Application application = known.get(4);
        assertEquals("tls", application.protocol());
        assertEquals("www.example.com", application.serverName());
        assertEquals(List.of("h2", "http/1.1"), application.alpn());
        assertEquals("t13d1207h2", application.fingerprint().substring(0, 10));
        assertEquals(List.of("h2"), known.get(5).alpn(), "what the server chose");
        assertEquals("www.example.com", known.get(5).serverName());
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.com, name www.Example.com",
        "WWW.Example.COM, name www.Example.com",
        "www.example.com., name www.Example.com",
        "example.org, domain example.org",
        "a.b.EXAMPLE.org, domain example.org",
        "x.a.example.org, domain a.example.org",
        "ads-7.com, pattern ads-.*\\.com",
        "example.com,",
        "www.example.com.evil.net,",
        "badexample.org,",
        "my-ads-7.com,"
    })
    void blocksByName(String name, String rule) {
        run(TlsPolicy.builder()
                .blockName("www.Example.com")
                .blockDomain("example.org")
                .blockDomain("a.example.org")
                .blockPattern("ads-.*\\.com"));
        List<Verdict> verdicts = send(
                connection().fromClient(records(Hellos.browser(name).message())).fromServer(records(ANSWER)));
        String expected = rule == null ? "ACCEPT " : "DROP " + rule;
        assertEquals(expected, text(verdicts.get(4)));
        assertEquals(expected, text(verdicts.get(5)), "the whole flow");
        assertEquals(1, told.size());
        assertEquals(rule == null, told.get(0).server() != null);
    }

    @Test
    void blocksByFingerprintWithThePolicyOfTheMoment() {
        TlsClassifier classifier = listening().build();
        run(Pipeline.from(memory.name()).classify(classifier));
        assertEquals(
                "ACCEPT ",
                text(send(connection().fromClient(records(HELLO)).fromServer(records(ANSWER)))
                        .get(4)));
        TlsClient client = told.get(0).client();
        classifier.policy(TlsPolicy.builder()
                .blockJa3(client.ja3Hash().toUpperCase(Locale.ROOT))
                .build());
        assertEquals(
                "DROP ja3 " + client.ja3Hash(),
                text(send(connection().fromClient(records(HELLO))).get(4)));
        classifier.policy(TlsPolicy.builder()
                .blocking(Verdict.DROP)
                .blockJa4(client.ja4())
                .build());
        assertEquals(
                "DROP ja4 " + client.ja4(),
                text(send(connection().fromClient(records(HELLO))).get(4)));
        byte[] other = Hellos.browser("www.example.com").suites(1, 2).message();
        assertEquals(
                "ACCEPT ", text(send(connection().fromClient(records(other))).get(3)));
    }

    @Test
    void holdsThePacketsOfAHelloUntilItIsThere() {
        TlsPolicy policy = TlsPolicy.builder().blockDomain("example.com").build();
        run(Pipeline.from(memory.name())
                .classify(listening().policy(policy).hold().build()));
        List<byte[]> frames =
                connection().segments(500).fromClient(records(HELLO)).frames();
        List<InjectedPacket> packets = new ArrayList<>();
        frames.forEach(frame -> packets.add(memory.inject(frame)));
        for (int i = 0; i < frames.size(); i++) {
            assertEquals(
                    i < 3 ? "ACCEPT " : "DROP domain example.com",
                    text(packets.get(i).await(SOON)),
                    "packet " + i);
        }
    }

    @Test
    void putsAHelloTogetherWhoseSegmentsOvertakeEachOther() {
        run(TlsPolicy.builder());
        List<byte[]> frames = new ArrayList<>(
                connection().segments(300).fromClient(records(HELLO)).frames());
        Collections.reverse(frames.subList(3, frames.size()));
        frames.forEach(frame -> memory.inject(frame).await(SOON));
        stop();
        assertEquals(1, told.size());
        assertEquals("www.example.com", told.get(0).client().serverName());
        assertNull(told.get(0).server(), "there was no answer");
    }

    @Test
    void aRequestToRetryMakesTwoHandshakes() {
        run(TlsPolicy.builder());
        byte[] compatibility = Hellos.record(20, new byte[] {1});
        byte[] second = Hellos.browser("second.example.com").message();
        send(connection()
                .fromClient(records(HELLO))
                .fromServer(Hellos.join(records(RETRY), compatibility))
                .fromClient(Hellos.join(compatibility, records(second)))
                .fromServer(Hellos.join(records(ANSWER), APPLICATION_DATA))
                .fromClient(APPLICATION_DATA));
        assertEquals(2, told.size());
        assertTrue(told.get(0).server().retryRequested());
        assertEquals("www.example.com", told.get(0).client().serverName());
        assertEquals("second.example.com", told.get(1).client().serverName());
        assertEquals(0xc02f, told.get(1).server().cipherSuite());
    }

    @Test
    void findsTlsThatBeginsLaterOnAnyPort() {
        run(TlsPolicy.builder());
        send(TcpConversation.between("10.0.0.1", 4711, "10.0.0.25", 25)
                .handshake()
                .fromServer("220 mail.example.com ESMTP\r\n")
                .fromClient("EHLO client\r\n")
                .fromServer("250 STARTTLS\r\n")
                .fromClient("STARTTLS\r\n")
                .fromServer("220 go ahead\r\n")
                .fromClient(records(HELLO))
                .fromServer(records(ANSWER)));
        assertEquals(1, told.size());
        assertEquals("www.example.com", told.get(0).client().serverName());
        assertEquals(0xc02f, told.get(0).server().cipherSuite());
    }

    @Test
    void leavesAloneWhatIsNotTls() {
        run(TlsPolicy.builder().blockPattern(".*"));
        send(connection()
                .fromClient("GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
                .fromServer("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(20_000))
                .fromServer(records(ANSWER))
                .close());
        send(connection().fromClient(new byte[] {22, 3, 1, 0, 4, 1, 0, 0, 0}).close());
        send(connection().fromClient(APPLICATION_DATA).close());
        stop();
        assertEquals(List.of(), told);
        assertTrue(known.stream().noneMatch(Application::isKnown));
    }

    @Test
    void tellsOfAnAnswerWhoseQuestionHasTheFormOfSsl2() {
        run(TlsPolicy.builder());
        send(connection()
                .fromClient(HexFormat.of().parseHex("802e0103010015000000100000040000050000" + "00".repeat(29)))
                .fromServer(records(ANSWER)));
        assertEquals(1, told.size());
        assertNull(told.get(0).client());
        assertEquals(TlsVersions.TLS_1_2, told.get(0).version());
        assertEquals("tls", known.get(known.size() - 1).protocol());
    }

    @Test
    void keepsNoMoreOfAHelloThanAHostNeeds() {
        run(TlsPolicy.builder());
        String[] protocols = new String[1000];
        Arrays.fill(protocols, "p");
        send(connection()
                .fromClient(records(Hellos.client()
                        .serverName("x".repeat(5000))
                        .alpn(protocols)
                        .message()))
                .fromServer(records(ANSWER)));
        assertEquals(255, told.get(0).client().serverName().length());
        assertEquals(32, told.get(0).client().alpn().size());
    }

    @Test
    void thePlugInTakesItsOptionsByName() {
        run(Pipeline.from(memory.name())
                .classify(
                        "tls",
                        Map.of(
                                "block", "ads-.*\\.com spy\\..*",
                                "block-domains", "example.com example.org",
                                "blocking", "reject")));
        assertEquals(
                "REJECT domain example.com",
                text(send(connection().fromClient(records(HELLO))).get(4)));
        assertEquals(
                "REJECT pattern spy\\..*",
                text(send(connection()
                                .fromClient(records(Hellos.browser("spy.net").message())))
                        .get(4)));
    }

    @ParameterizedTest
    @CsvSource({
        "block-names, *.example.com, not the name of a host",
        "block-names, bücher.de, xn--",
        "block-ja3, 1234, 32 hexadecimal digits",
        "block-ja4, t13d, t13d1516h2_8daaf6152771_e5627efa2ab1",
        "blocking, nxdomain, drop or reject",
        "hold, maybe, yes or no",
        "hello-bytes, 70000, 1024 to 65536",
        "hello-bytes, many, a number",
        "block, (, "
    })
    void refusesWrongOptionsWithOneClearError(String option, String value, String part) {
        PipelineBuilder builder = Pipeline.from(memory.name()).classify("tls", Map.of(option, value));
        String message = assertThrows(WeirException.class, builder::open).getMessage();
        assertTrue(part == null || message.contains(part), message);
    }
}
