package dev.weir.packet.quic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.ServerHelloView;
import dev.weir.packet.tls.TlsVersions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the packets that the RFCs print, and what an opponent makes of them. */
class QuicInitialTest {
    private static final String CONNECTION_ID = "8394c8f03e515708";

    private final QuicLongHeaderView header = new QuicLongHeaderView();
    private final QuicInitialOpener opener = new QuicInitialOpener();
    private final QuicCryptoFrames frames = new QuicCryptoFrames();

    @ParameterizedTest
    @CsvSource({"rfc9001-initial.txt, VERSION_1", "rfc9369-initial.txt, VERSION_2"})
    void readsTheHellosOfTheRfc(String file, QuicVersion version) {
        Bytes client = Bytes.of(Vectors.packet(file, "client"));
        assertEquals(1200, client.length());
        assertTrue(header.wrap(client, 0, client.length()));
        assertEquals(version, header.version());
        assertEquals(QuicLongHeaderView.Type.INITIAL, header.type());
        assertEquals(8, header.destinationIdLength());
        assertEquals(0, header.sourceIdLength());
        assertEquals(1200, header.end());
        QuicInitialKeys keys = QuicInitialKeys.derive(version, client, header.destinationIdOffset(), 8);
        assertFalse(opener.open(client, header, keys, false, -1), "not the server's");
        assertTrue(opener.open(client, header, keys, true, -1));
        assertEquals(2, opener.packetNumber());
        assertEquals(1162, opener.payload().length());
        ClientHelloView hello = new ClientHelloView();
        assertTrue(frames.wrap(opener.payload()).next());
        assertTrue(hello.wrap(opener.payload(), frames.dataOffset(), frames.dataLength()));
        assertEquals("example.com", hello.serverName());
        assertEquals(List.of("alpn"), hello.alpn().texts());
        assertEquals(TlsVersions.TLS_1_3, hello.highestVersion());
        assertFalse(frames.next(), "the rest is padding");

        Bytes server = Bytes.of(Vectors.packet(file, "server"));
        assertTrue(header.wrap(server, 0, server.length()));
        assertEquals(QuicLongHeaderView.Type.INITIAL, header.type());
        assertEquals(0, header.destinationIdLength());
        assertEquals(8, header.sourceIdLength());
        assertTrue(opener.open(server, header, keys, false, -1));
        assertEquals(1, opener.packetNumber());
        assertTrue(frames.wrap(opener.payload()).next(), "behind an ACK");
        ServerHelloView answer = new ServerHelloView();
        assertTrue(answer.wrap(opener.payload(), frames.dataOffset(), frames.dataLength()));
        assertEquals(TlsVersions.TLS_1_3, answer.version());
        assertEquals(0x1301, answer.cipherSuite());
    }

    @ParameterizedTest
    @CsvSource({"rfc9001-initial.txt", "rfc9369-initial.txt"})
    void knowsARetryAndTheIdentifierThatTheNextPacketGoesTo(String file) {
        Bytes retry = Bytes.of(Vectors.packet(file, "retry"));
        assertTrue(header.wrap(retry, 0, retry.length()));
        assertEquals(QuicLongHeaderView.Type.RETRY, header.type());
        assertEquals(8, header.sourceIdLength());
        assertEquals(0xf067a5502a4262b5L, retry.i64(header.sourceIdOffset()));
        assertEquals(retry.length(), header.end());
    }

    @Test
    void makesThePacketOfTheRfcSoThatTheOtherTestsCanTrustTheSealer() {
        Bytes client = Bytes.of(Vectors.packet("rfc9001-initial.txt", "client"));
        assertTrue(header.wrap(client, 0, client.length()));
        QuicInitialKeys keys = QuicInitialKeys.derive(QuicVersion.VERSION_1, client, 6, 8);
        assertTrue(opener.open(client, header, keys, true, -1));
        byte[] again = new Sealer(1, CONNECTION_ID)
                .initial(
                        true,
                        CONNECTION_ID,
                        "",
                        new byte[0],
                        2,
                        opener.payload().toByteArray());
        assertEquals(1201, again.length, "the sealer writes the empty token's length in two bytes");
        Bytes sealed = Bytes.of(again);
        assertTrue(header.wrap(sealed, 0, sealed.length()));
        assertTrue(opener.open(sealed, header, keys, true, -1));
    }

    @Test
    void readsPacketsThatShareADatagramOneAfterTheOther() {
        Sealer sealer = new Sealer(1, "0102030405");
        byte[] hello = {1, 0, 0, 3, 9, 8, 7};
        byte[] datagram = Sealer.join(
                sealer.initial(true, "0102030405", "aa", new byte[300], 0, Sealer.crypto(4, hello, 4, 7)),
                sealer.initial(true, "0102030405", "aa", new byte[0], 1, Sealer.crypto(0, hello, 0, 5)),
                new byte[50]);
        Bytes bytes = Bytes.of(datagram);
        QuicCryptoStream stream = new QuicCryptoStream(1024);
        int at = 0;
        int packets = 0;
        while (header.wrap(bytes, at, bytes.length() - at)) {
            QuicInitialKeys keys = QuicInitialKeys.derive(
                    header.version(), bytes, header.destinationIdOffset(), header.destinationIdLength());
            assertTrue(opener.open(bytes, header, keys, true, packets - 1));
            assertEquals(packets, opener.packetNumber());
            assertTrue(frames.wrap(opener.payload()).next());
            assertTrue(stream.add(opener.payload(), frames));
            at = header.end();
            packets++;
        }
        assertEquals(2, packets);
        assertArrayEquals(hello, stream.bytes().toByteArray());
    }

    @Test
    void anyChangedByteMakesAPacketUnreadableAndNothingWorse() {
        byte[] packet = Vectors.packet("rfc9001-initial.txt", "client");
        QuicInitialKeys keys = QuicInitialKeys.derive(QuicVersion.VERSION_1, Bytes.of(packet), 6, 8);
        for (int i = 0; i < packet.length; i++) {
            byte[] changed = packet.clone();
            changed[i] ^= (byte) (1 << i % 8);
            Bytes bytes = Bytes.of(changed);
            boolean read = header.wrap(bytes, 0, bytes.length())
                    && header.type() == QuicLongHeaderView.Type.INITIAL
                    && opener.open(bytes, header, keys, true, -1);
            assertFalse(read, "byte " + i);
        }
        for (int length = 0; length < packet.length; length++) {
            assertFalse(header.wrap(Bytes.of(Arrays.copyOf(packet, length)), 0, length), "cut to " + length);
        }
    }

    @Test
    void framesThatClaimMoreThanThereIsEndTheWalk() {
        assertFalse(frames.wrap(Bytes.of(new byte[] {6, 0, 5, 1, 2})).next(), "data cut off");
        assertFalse(frames.wrap(Bytes.of(new byte[] {6, 0, (byte) 0xc0})).next(), "length cut off");
        assertFalse(frames.wrap(Bytes.of(new byte[] {2, 0, 0, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3}))
                .next());
        assertTrue(frames.wrap(Bytes.of(new byte[] {3, 0, 0, 1, 0, 1, 1, 9, 9, 9, 1, 0, 6, 2, 1, 77}))
                .next());
        assertEquals(2, frames.streamOffset());
        assertEquals(1, frames.dataLength());
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            for (int j = 0; j < noise.length; j++) {
                noise[j] &= (byte) (random.nextBoolean() ? 7 : 255);
            }
            frames.wrap(Bytes.of(noise));
            int found = 0;
            while (frames.next()) {
                assertTrue(frames.dataOffset() + frames.dataLength() <= noise.length);
                assertTrue(++found <= noise.length);
            }
        }
    }

    @Test
    void whatCameFirstStaysAndNothingIsKeptBehindTheBound() {
        QuicCryptoStream stream = new QuicCryptoStream(100);
        Bytes first = Bytes.of(new byte[] {1, 2, 3, 4});
        assertTrue(stream.add(2, first, 0, 4));
        assertEquals(0, stream.bytes().length());
        assertTrue(stream.add(0, Bytes.of(new byte[] {9, 9, 9, 9, 9, 9, 9, 9}), 0, 8));
        assertArrayEquals(new byte[] {9, 9, 1, 2, 3, 4, 9, 9}, stream.bytes().toByteArray());
        assertTrue(stream.add(96, first, 0, 4));
        assertFalse(stream.add(97, first, 0, 4));
        assertFalse(stream.add(Long.MAX_VALUE, first, 0, 4));
        assertTrue(stream.memoryBytes() <= 100 + 16);
        stream.clear();
        assertEquals(0, stream.bytes().length());
    }

    @ParameterizedTest
    @CsvSource({
        // the example of RFC 9000, A.3, then the edges
        "0x9b32, 16, 0xa82f30ea, 0xa82f9b32",
        "0, 8, 0, 0",
        "255, 8, 0, 255",
        "0, 8, 200, 256",
        "250, 8, 300, 250"
    })
    void expandsShortenedPacketNumbers(String truncated, int bits, String largest, String expected) {
        assertEquals(
                Long.decode(expected),
                QuicInitialOpener.expand(Long.decode(truncated), bits, Long.decode(largest) + 1));
    }
}
