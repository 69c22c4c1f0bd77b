package dev.weir.classify.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Pipeline;
import dev.weir.measure.Allocations;
import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.Hellos;
import dev.weir.packet.tls.TlsHandshakeReader;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What reading TLS allocates, from the JVM's own books. */
@Timeout(60)
class TlsAllocationTest {
    private static final int HELLOS = 50_000;

    /** Room for what happens now and then; the smallest object of each hello or packet would be eight times as much. */
    private static final long NOTHING_BYTES = 100_000;

    private final TlsHandshakeReader reader = new TlsHandshakeReader();
    private final ClientHelloView hello = new ClientHelloView();
    private final Ja3 ja3 = new Ja3();
    private final Ja4 ja4 = new Ja4();
    private final TlsPolicy.Scratch scratch = new TlsPolicy.Scratch();

    @Test
    void readingFingerprintingAndJudgingAHelloAllocatesNothing() {
        TlsPolicy policy = TlsPolicy.builder()
                .blockName("www.example.org")
                .blockDomain("example.net")
                .blockPattern("ads-.*")
                .blockJa3("0123456789abcdef0123456789abcdef")
                .blockJa4("t13d1516h2_8daaf6152771_e5627efa2ab1")
                .build();
        Bytes whole = Bytes.of(Hellos.records(Hellos.browser("www.example.com").message(), 16_384));
        Bytes parts = Bytes.of(Hellos.records(Hellos.browser("www.example.com").message(), 500));
        read(whole, parts, policy);
        long before = Allocations.here();
        int read = read(whole, parts, policy);
        long bytes = Allocations.here() - before;
        assertEquals(HELLOS, read);
        assertTrue(bytes < NOTHING_BYTES, bytes + " bytes for " + HELLOS + " hellos");
    }

    private int read(Bytes whole, Bytes parts, TlsPolicy policy) {
        int read = 0;
        for (int i = 0; i < HELLOS; i++) {
            reader.read(i % 2 == 0 ? whole : parts);
            Bytes message = reader.message();
            if (hello.wrap(message, 0, message.length())) {
                ja3.read(hello);
                ja4.read(hello, false);
                read += policy.judge(hello, ja3, ja4, scratch) == null ? 1 : 0;
            }
        }
        return read;
    }

    @Test
    void packetsOfWhichNothingIsReportedAllocateNothing() {
        List<byte[]> frames = frames();
        int rounds = 200;
        try (MemoryCapture memory = MemoryCapture.builder().replay(frames).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(TlsClassifier.builder().build())
                        .open()) {
            pipeline.start();
            play(memory, pipeline, frames.size(), 1, rounds);
            long before = Allocations.ofPipeline(memory);
            play(memory, pipeline, frames.size(), rounds + 1, 2 * rounds);
            long bytes = Allocations.ofPipeline(memory) - before;
            pipeline.stop();
            assertTrue(bytes < NOTHING_BYTES, bytes + " bytes for " + rounds * frames.size() + " packets");
        }
    }

    /** Connections that speak TLS, and such that do not; datagrams. */
    private static List<byte[]> frames() {
        byte[] hello = Hellos.records(Hellos.browser("www.example.com").message(), 16_384);
        byte[] answer = Hellos.records(Hellos.client().serverMessage(new byte[32]), 16_384);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TcpConversation tls = TcpConversation.between("10.0.0.1", 2000 + i, "10.0.0.2", 443)
                    .handshake()
                    .fromClient(hello)
                    .fromServer(answer);
            TcpConversation text = TcpConversation.between("10.0.0.1", 3000 + i, "10.0.0.2", 25)
                    .handshake();
            for (int j = 0; j < 20; j++) {
                tls.fromClient(Hellos.record(23, new byte[1000]));
                text.fromServer("250 " + "x".repeat(1000) + "\r\n");
                frames.add(PacketBuilder.ethernet()
                        .ip("10.0.0.1", "10.0.0.2")
                        .udp(4000 + i, 4000)
                        .payloadOf(200)
                        .build());
            }
            frames.addAll(tls.frames());
            frames.addAll(text.frames());
        }
        return frames;
    }

    private static void play(MemoryCapture memory, Pipeline pipeline, int frames, int from, int to) {
        for (int round = from; round <= to; round++) {
            memory.play(1);
            long expected = (long) round * frames;
            while (pipeline.ledger().decisions().total() < expected) {
                Thread.onSpinWait();
            }
        }
    }
}
