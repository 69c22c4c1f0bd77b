package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.classify.tls.Ja3;
import dev.weir.classify.tls.Ja4;
import dev.weir.classify.tls.TlsClassifier;
import dev.weir.packet.Bytes;
import dev.weir.packet.quic.Sealer;
import dev.weir.packet.quic.Vectors;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.Hellos;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules about the hellos of TLS, over TCP and within QUIC, in pipelines. */
class RuleHelloTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String ID = "8394c8f03e515708";
    private static final byte[] GOOD = Hellos.browser("www.good.example").message();
    private static final byte[] BAD = Hellos.browser("www.bad.example").message();
    private static final byte[] OTHER =
            Hellos.client().serverName("www.bad.example").message();

    /** A packet behind the handshake (RFC 9000, 17.3.1); the bytes of its text are as good as encrypted. */
    private static final byte[] LATER = "\u0040 attack".getBytes();

    private final MemoryCapture memory = MemoryCapture.create();
    private final Sealer sealer = new Sealer(1, ID);
    private Pipeline pipeline;
    private int port = 5000;

    private static RuleSet.Builder rules(boolean hold, Rule... rules) {
        RuleSet.Builder builder =
                RuleSet.builder().streams(StreamOptions.DEFAULT.withMode(hold ? StreamMode.HOLD : StreamMode.PASS));
        for (Rule rule : rules) {
            builder.add(rule);
        }
        return builder;
    }

    private static RuleSet.Builder onlyGood(boolean hold) {
        return rules(
                        hold,
                        Rule.named("good")
                                .when(ConditionType.TLS_SNI, "*.good.example")
                                .accept())
                .otherwise(Verdict.DROP);
    }

    private static Rule noBad() {
        return Rule.named("rule").when(ConditionType.TLS_SNI, ".bad.example").drop();
    }

    private void run(RuleSet.Builder rules) {
        run(rules, false);
    }

    private void run(RuleSet.Builder rules, boolean behindTls) {
        PipelineBuilder builder = Pipeline.from(memory.name());
        if (behindTls) {
            builder.classify(TlsClassifier.builder().build());
        }
        pipeline = builder.classify(rules.build()).open();
        pipeline.start();
    }

    @AfterEach
    void close() {
        pipeline.stop();
        assertTrue(pipeline.ledger().isBalanced());
        assertEquals(0, pipeline.ledger().decisions().count(Ledger.Cause.CLASSIFIER_ERROR));
        pipeline.close();
        memory.close();
    }

    private InjectedPacket fromClient(byte[] datagram) {
        return memory.inject(PacketBuilder.ethernet()
                .ip("10.0.0.1", "10.0.0.2")
                .udp(port, 443)
                .payload(datagram));
    }

    private InjectedPacket fromServer(byte[] datagram) {
        return memory.inject(PacketBuilder.ethernet()
                .ip("10.0.0.2", "10.0.0.1")
                .udp(443, port)
                .payload(datagram));
    }

    private byte[] part(int number, byte[] hello, int from, int to) {
        return sealer.initial(true, ID, "c1", new byte[0], number, Sealer.crypto(from, hello, from, to));
    }

    private Verdict whole(byte[] hello) {
        return fromClient(part(0, hello, 0, hello.length)).await(SOON);
    }

    private static String rule(Verdict verdict) {
        return verdict.kind() == Kind.ACCEPT && verdict.reason().rule().isEmpty()
                ? "pass"
                : verdict.reason().rule();
    }

    private String overTcp(byte[] hello, int segmentBytes) {
        List<InjectedPacket> packets = memory.injectAll(TcpConversation.between("10.0.0.1", port++, "10.0.0.2", 8443)
                .handshake()
                .segments(segmentBytes)
                .fromClient(Hellos.records(hello, 700))
                .frames());
        return rule(packets.get(packets.size() - 1).await(SOON));
    }

    private static String ja3(byte[] message) {
        ClientHelloView hello = new ClientHelloView();
        assertTrue(hello.wrap(Bytes.of(message), 0, message.length));
        Ja3 ja3 = new Ja3();
        ja3.read(hello);
        return ja3.hash();
    }

    private static String ja4(byte[] message, boolean quic) {
        ClientHelloView hello = new ClientHelloView();
        assertTrue(hello.wrap(Bytes.of(message), 0, message.length));
        Ja4 ja4 = new Ja4();
        ja4.read(hello, quic);
        return ja4.toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fingerprintsOverTcp(boolean hold) {
        run(rules(
                hold,
                Rule.named("ja3").when(ConditionType.TLS_JA3, ja3(BAD)).drop(),
                Rule.named("both")
                        .when(ConditionType.TLS_JA4, ja4(OTHER, false))
                        .when(ConditionType.TLS_SNI, "www.bad.example")
                        .drop(),
                Rule.named("of quic")
                        .when(ConditionType.TLS_JA4, ja4(OTHER, true))
                        .drop()));
        byte[] same = Hellos.client().serverName("good.example").message();
        byte[] third =
                Hellos.client().suites(0x1301).serverName("www.bad.example").message();
        for (int segment : new int[] {1460, 50}) {
            assertEquals("ja3", overTcp(BAD, segment));
            assertEquals("both", overTcp(OTHER, segment));
            assertEquals("pass", overTcp(same, segment), "another name");
            assertEquals("pass", overTcp(third, segment), "another fingerprint");
        }
    }

    /** The values are those of the exchange that RFC 9001 prints. */
    @ParameterizedTest
    @CsvSource({"TLS_SNI, example.com, rule", "TLS_SNI, *.example.com, pass", "TLS_SNI, /^ex.*m$/, rule"})
    void theServerNameOfTheExchangeOfTheRfc(ConditionType type, String value, String rule) {
        run(rules(false, Rule.named("rule").when(type, value).drop()));
        assertEquals(
                rule,
                rule(fromClient(Vectors.packet("rfc9001-initial.txt", "client")).await(SOON)));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aNameWithinQuicDecidesTheFlow(boolean hold, boolean behindTls) {
        run(rules(hold, noBad()), behindTls);
        InjectedPacket first = fromClient(part(0, BAD, 0, 900));
        InjectedPacket second = fromClient(part(1, BAD, 900, BAD.length));
        assertEquals("rule", rule(second.await(SOON)));
        assertEquals(Verdict.Scope.FLOW, second.await(SOON).scope());
        assertEquals(hold ? Kind.DROP : Kind.ACCEPT, first.await(SOON).kind());
        assertEquals(
                Kind.DROP, fromClient(part(2, BAD, 900, BAD.length)).await(SOON).kind(), "sent again");
        assertEquals(Kind.DROP, fromServer(LATER).await(SOON).kind());
        port++;
        assertEquals("pass", rule(whole(GOOD)));
        assertEquals("pass", rule(fromClient(LATER).await(SOON)));
    }

    @Test
    void aFingerprintWithinQuic() {
        run(rules(
                false,
                Rule.named("of tcp")
                        .when(ConditionType.TLS_JA4, ja4(BAD, false))
                        .drop(),
                Rule.named("rule").when(ConditionType.TLS_JA4, ja4(BAD, true)).drop(),
                Rule.named("no ja3").when(ConditionType.TLS_JA3, ja3(OTHER)).drop()));
        assertEquals("rule", rule(whole(BAD)));
        port++;
        assertEquals("pass", rule(whole(OTHER)), "JA3 is of TCP");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoAsksForOneNamePassesAndTheRestDoesNot(boolean hold) {
        run(onlyGood(hold));
        InjectedPacket first = fromClient(part(0, GOOD, 0, 900));
        assertEquals("good", rule(fromClient(part(1, GOOD, 900, GOOD.length)).await(SOON)));
        assertEquals(Kind.ACCEPT, first.await(SOON).kind());
        assertEquals("good", rule(fromClient(LATER).await(SOON)), "what the hello said holds on");
        port++;
        assertEquals("otherwise", rule(whole(BAD)));
        assertEquals("otherwise", rule(fromClient(LATER).await(SOON)));
    }

    @Test
    void datagramsThatAreNotQuicDoNotPassForEver() {
        run(onlyGood(false));
        Verdict last = null;
        for (int i = 0; i < 20; i++) {
            last = fromClient("no hello".getBytes()).await(SOON);
        }
        assertEquals("otherwise", rule(last));
    }

    @Test
    void aNameAndAPayloadOfLaterDatagramsMakeOneRule() {
        run(rules(
                false,
                Rule.named("rule")
                        .when(ConditionType.TLS_SNI, "*.bad.example")
                        .when(ConditionType.PAYLOAD_REGEX, "attack")
                        .drop()));
        assertEquals("pass", rule(whole(BAD)));
        assertEquals("rule", rule(fromClient(LATER).await(SOON)));
        assertEquals("pass", rule(fromClient(new byte[] {0x40, 1}).await(SOON)), "the flow goes on");
        assertEquals("rule", rule(fromClient(LATER).await(SOON)));
    }

    // ---------------------------------------------------------------------------------------- behind something else

    private TcpConversation plain(String... turns) {
        TcpConversation conversation =
                TcpConversation.between("10.0.0.1", port++, "10.0.0.2", 8443).handshake();
        for (int i = 0; i < turns.length; i++) {
            if (i % 2 == 0) {
                conversation.fromClient(turns[i]);
            } else {
                conversation.fromServer(turns[i]);
            }
        }
        return conversation;
    }

    private TcpConversation startTls() {
        return plain("", "220 mail\r\n", "EHLO me\r\n", "250 STARTTLS\r\n", "STARTTLS\r\n", "220 go on\r\n");
    }

    private TcpConversation connect() {
        return plain("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
    }

    private String last(TcpConversation conversation) {
        List<InjectedPacket> packets = memory.injectAll(conversation.frames());
        return rule(packets.get(packets.size() - 1).await(SOON));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aHelloBehindStartTlsOrConnect(boolean hold, boolean withHttp) {
        RuleSet.Builder rules = rules(
                hold,
                noBad(),
                Rule.named("ja4").when(ConditionType.TLS_JA4, ja4(OTHER, false)).drop());
        run(
                withHttp
                        ? rules.add(Rule.named("http")
                                .when(ConditionType.HTTP_HOST, "y")
                                .drop())
                        : rules);
        for (int segment : new int[] {1460, 50}) {
            assertEquals("rule", last(startTls().segments(segment).fromClient(Hellos.records(BAD, 700))));
            assertEquals("rule", last(connect().segments(segment).fromClient(Hellos.records(BAD, 700))));
            assertEquals("pass", last(connect().segments(segment).fromClient(Hellos.records(GOOD, 700))));
        }
    }

    @Test
    void whatIsNotTlsIsDroppedAlthoughAHelloMayStillCome() {
        run(onlyGood(false));
        assertEquals("otherwise", last(plain("no hello")));
        assertEquals("good", last(plain().fromClient(Hellos.records(GOOD, 700))));
    }

    @Test
    void aHelloIsNotLookedForBeyondTheBound() {
        run(rules(
                false,
                noBad(),
                Rule.named("all").when(ConditionType.PROTOCOL, "tcp").forFlow().accept()));
        String half = "x".repeat(TlsClassifier.PLAIN_BYTES / 2);
        assertEquals("rule", last(plain("hello", half).fromServer(half).fromClient(Hellos.records(BAD, 700))));
        List<InjectedPacket> packets =
                memory.injectAll(plain("hello", half, "more", half + "x").frames());
        assertEquals(Verdict.Scope.PACKET, packets.get(4).await(SOON).scope());
        assertEquals(
                Verdict.Scope.FLOW, packets.get(packets.size() - 1).await(SOON).scope());
    }

    /** What stands in the body of a request is no reason to stop reading requests. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHelloWithinARequestHidesNoOther(boolean complete) {
        run(rules(
                false,
                Rule.named("sni").when(ConditionType.TLS_SNI, ".other.example").drop(),
                Rule.named("http").when(ConditionType.HTTP_URI_REGEX, "^/evil").drop()));
        byte[] hello = Hellos.records(GOOD, 700);
        byte[] body = complete ? hello : Arrays.copyOf(hello, 300);
        TcpConversation conversation =
                plain("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
        assertEquals("http", last(conversation.fromClient(body).fromClient("GET /evil HTTP/1.1\r\nHost: x\r\n\r\n")));
    }

    private InjectedPacket elsewhere(byte[] datagram) {
        return memory.inject(PacketBuilder.ethernet()
                .ip("10.0.0.1", "10.0.0.2")
                .udp(port, 8853)
                .payload(datagram));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void quicOnAnyPort(boolean hold) {
        run(rules(hold, noBad()));
        elsewhere("no hello".getBytes());
        InjectedPacket first = elsewhere(part(0, BAD, 0, 900));
        assertEquals("rule", rule(elsewhere(part(1, BAD, 900, BAD.length)).await(SOON)));
        assertEquals(hold ? Kind.DROP : Kind.ACCEPT, first.await(SOON).kind());
    }

    @Test
    void aDatagramThatIsNotQuicIsDroppedAlthoughAHelloMayStillCome() {
        run(onlyGood(false));
        assertEquals("otherwise", rule(elsewhere("no hello".getBytes()).await(SOON)));
        assertEquals("good", rule(elsewhere(part(0, GOOD, 0, GOOD.length)).await(SOON)));
    }
}
