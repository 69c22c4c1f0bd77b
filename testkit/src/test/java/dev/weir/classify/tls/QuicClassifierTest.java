package dev.weir.classify.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.classify.Application;
import dev.weir.packet.quic.Sealer;
import dev.weir.packet.quic.Vectors;
import dev.weir.packet.tls.Hellos;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS within QUIC, in pipelines. */
class QuicClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String ORIGINAL = "8394c8f03e515708";
    private static final byte[] NO_TOKEN = {};
    private static final int V1 = 1;
    private static final int V2 = 0x6b33_43cf;
    private static final byte[] HELLO =
            Hellos.browser("www.example.com").alpn("h3").message();
    private static final byte[] ANSWER =
            Hellos.client().suites(0x1301).extension(43, new byte[] {3, 4}).serverMessage(new byte[32]);

    private final List<TlsHandshake> told = new CopyOnWriteArrayList<>();
    private final List<Application> known = new CopyOnWriteArrayList<>();
    private final MemoryCapture memory = MemoryCapture.create();
    private Pipeline pipeline;

    private void run(TlsClassifier.Builder builder) {
        pipeline = Pipeline.from(memory.name())
                .classify(builder.listener((handshake, flow) -> told.add(handshake))
                        .build())
                .classify((packet, flow) -> {
                    known.add(Application.of(flow));
                    return Verdict.CONTINUE;
                })
                .open();
        pipeline.start();
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

    private InjectedPacket fromClient(byte[]... packets) {
        return memory.inject(PacketBuilder.ethernet()
                .ip("10.0.0.1", "10.0.0.2")
                .udp(5000, 443)
                .payload(Sealer.join(packets)));
    }

    private InjectedPacket fromServer(byte[]... packets) {
        return memory.inject(PacketBuilder.ethernet()
                .ip("10.0.0.2", "10.0.0.1")
                .udp(443, 5000)
                .payload(Sealer.join(packets)));
    }

    private static byte[] part(int from, int to) {
        return Sealer.crypto(from, HELLO, from, to);
    }

    private static byte[] answer() {
        return Sealer.join(new byte[] {2, 0, 0, 0, 0}, Sealer.crypto(0, ANSWER, 0, ANSWER.length));
    }

    private TlsHandshake only() {
        assertEquals(1, told.size(), told::toString);
        return told.get(0);
    }

    @ParameterizedTest
    @CsvSource({"rfc9001-initial.txt, 1", "rfc9369-initial.txt, 1798521807"})
    void readsTheExchangeOfTheRfc(String file, int version) {
        run(TlsClassifier.builder());
        fromClient(Vectors.packet(file, "client")).await(SOON);
        fromServer(Vectors.packet(file, "server")).await(SOON);
        assertEquals(version, only().quicVersion());
        assertEquals("example.com", only().client().serverName());
        assertEquals(List.of("alpn"), only().client().alpn());
        assertEquals("q13d0211an", only().client().ja4().substring(0, 10));
        assertEquals("771,4865,51-43", only().server().ja3s());
        assertEquals("quic", known.get(0).protocol());
        assertEquals("example.com", known.get(0).serverName());
    }

    @ParameterizedTest
    @ValueSource(ints = {V1, V2, 0xff00_001d, 0xff00_001b})
    void putsAHelloTogetherFromFramesOutOfOrderOverPacketsAndDatagrams(int version) {
        run(TlsClassifier.builder());
        Sealer sealer = new Sealer(version, ORIGINAL);
        byte[] ping = {1, 0, 0, 1};
        fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 0, Sealer.join(part(600, 900), ping, part(0, 100))))
                .await(SOON);
        fromClient(
                        sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 2, part(800, HELLO.length)),
                        sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 1, part(90, 700)),
                        new byte[30])
                .await(SOON);
        assertEquals(Application.UNKNOWN, known.get(0));
        assertEquals("www.example.com", known.get(1).serverName());
        assertEquals(List.of("h2", "http/1.1"), known.get(1).alpn());
        fromServer(sealer.initial(false, "c1", "5e", NO_TOKEN, 0, answer())).await(SOON);
        assertEquals(version, only().quicVersion());
        assertEquals(0x1301, only().server().cipherSuite());
    }

    @Test
    void followsARetryToItsNewKeys() {
        run(TlsClassifier.builder());
        byte[] hello = part(0, HELLO.length);
        fromClient(new Sealer(V1, ORIGINAL).initial(true, ORIGINAL, "", NO_TOKEN, 0, hello))
                .await(SOON);
        fromServer(Vectors.packet("rfc9001-initial.txt", "retry")).await(SOON);
        String chosen = "f067a5502a4262b5";
        Sealer sealer = new Sealer(V1, chosen);
        fromClient(sealer.initial(true, chosen, "", "token".getBytes(), 1, hello))
                .await(SOON);
        fromServer(sealer.initial(false, "", "5e5e", NO_TOKEN, 0, answer())).await(SOON);
        assertNotNull(only().server(), "one handshake, although the hello was sent twice");
    }

    @Test
    void readsAnAnswerInAnotherVersion() {
        run(TlsClassifier.builder());
        fromClient(new Sealer(V1, ORIGINAL).initial(true, ORIGINAL, "c1", NO_TOKEN, 0, part(0, HELLO.length)))
                .await(SOON);
        fromServer(new Sealer(V2, ORIGINAL).initial(false, "c1", "5e", NO_TOKEN, 0, answer()))
                .await(SOON);
        assertEquals(V2, only().quicVersion());
        assertNotNull(only().server());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "01", "0102030405060708090a0b0c0d0e0f1011121314"})
    void readsConnectionIdentifiersOfAnyLength(String id) {
        run(TlsClassifier.builder());
        fromClient(new Sealer(V1, id).initial(true, id, id, new byte[100], 3, part(0, HELLO.length)))
                .await(SOON);
        stop();
        assertEquals("www.example.com", only().client().serverName());
        assertNull(only().server());
    }

    @Test
    void holdsTheDatagramsOfAHelloAndBlocksTheFlow() {
        TlsPolicy policy = TlsPolicy.builder().blockDomain("example.com").build();
        run(TlsClassifier.builder().policy(policy).hold());
        Sealer sealer = new Sealer(V1, ORIGINAL);
        InjectedPacket first = fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 0, part(0, 900)));
        InjectedPacket second = fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 1, part(900, HELLO.length)));
        assertEquals("domain example.com", first.await(SOON).reason().rule());
        assertEquals("domain example.com", second.await(SOON).reason().rule());
        assertEquals(
                Verdict.Kind.DROP, fromClient(new byte[] {0x40, 1}).await(SOON).kind());
    }

    @Test
    void aDatagramOfAnotherKindInFrontHidesNoHello() {
        run(TlsClassifier.builder()
                .policy(TlsPolicy.builder().blockDomain("example.com").build()));
        fromClient(new byte[] {1}).await(SOON);
        fromClient(new byte[0]).await(SOON);
        Sealer sealer = new Sealer(V1, ORIGINAL);
        InjectedPacket hello = fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 0, part(0, HELLO.length)));
        assertEquals("domain example.com", hello.await(SOON).reason().rule());
    }

    @Test
    void givesUpOnWhatIsNoHello() {
        run(TlsClassifier.builder());
        Sealer sealer = new Sealer(V1, ORIGINAL);
        for (int i = 0; i < 100; i++) {
            byte[] sealed = sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, i, new byte[20]);
            sealed[sealed.length - 1] ^= 1;
            fromClient(sealed).await(SOON);
        }
        fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 200, part(0, HELLO.length)))
                .await(SOON);
        stop();
        assertEquals(List.of(), told, "so many packets are tried and no more");
    }

    @Test
    void aHelloLargerThanTheLimitIsNotCollected() {
        run(TlsClassifier.builder().helloLimitBytes(1024));
        Sealer sealer = new Sealer(V1, ORIGINAL);
        fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 0, part(0, 900)))
                .await(SOON);
        fromClient(sealer.initial(true, ORIGINAL, "c1", NO_TOKEN, 1, part(900, HELLO.length)))
                .await(SOON);
        stop();
        assertEquals(List.of(), told);
    }

    @Test
    void leavesOtherDatagramsAlone() {
        run(TlsClassifier.builder()
                .policy(TlsPolicy.builder().blockPattern(".*").build()));
        fromClient("who is it".getBytes()).await(SOON);
        fromServer(new byte[] {(byte) 0x80, 1, 2, 3}).await(SOON);
        fromServer(new byte[] {(byte) 0xc0, 0, 0, 0, 0, 0, 0}).await(SOON);
        stop();
        assertEquals(List.of(), told);
        assertTrue(known.stream().noneMatch(Application::isKnown));
    }
}
