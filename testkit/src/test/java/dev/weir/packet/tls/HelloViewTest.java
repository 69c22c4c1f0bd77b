package dev.weir.packet.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HelloViewTest {
    private static final byte[] RETRY_RANDOM =
            HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

    private final ClientHelloView client = new ClientHelloView();
    private final ServerHelloView server = new ServerHelloView();

    @Test
    void readsWhatABrowserSays() {
        assertTrue(wrap(Hellos.browser("www.example.com").message()));
        assertEquals(TlsVersions.TLS_1_2, client.legacyVersion());
        assertEquals(TlsVersions.TLS_1_3, client.highestVersion());
        assertEquals("www.example.com", client.serverName());
        assertEquals(List.of("h2", "http/1.1"), client.alpn().texts());
        assertEquals("http/1.1", client.alpn().text(1));
        assertEquals(8, client.alpn().lengthBytes(1));
        assertEquals(13, client.cipherSuites().size());
        assertEquals(0x1301, client.cipherSuites().get(1));
        assertEquals(1, client.compressionMethods().size());
        assertEquals(32, client.sessionIdLength());
        assertTrue(client.supportedGroups().contains(0x11ec));
        assertEquals(1, client.pointFormats().size());
        assertEquals(8, client.signatureAlgorithms().size());
        assertEquals(3, client.supportedVersions().size());
        assertEquals(3, client.keyShares().size());
        assertEquals(0x11ec, client.keyShares().group(1));
        assertEquals(1216, client.keyShares().lengthBytes(1));
        assertEquals(29, client.keyShares().group(2));
        assertEquals(9, client.extensions().size());
        assertEquals(0x2a2a, client.extensions().type(0));
        assertEquals(0, client.extensions().lengthBytes(0));
        assertArrayEquals(
                new byte[] {1, 0}, client.extensions().data(3, new Bytes()).toByteArray());
        assertTrue(client.extensions().contains(TlsExtensionTypes.ALPN));
        assertEquals(-1, client.extensions().indexOf(99));
    }

    @Test
    void readsAHelloFromBeforeExtensions() {
        assertTrue(
                wrap(Hellos.client().version(0x0300).suites(4, 5).sessionId(0).message()));
        assertEquals(TlsVersions.SSL_3, client.highestVersion());
        assertEquals("", client.serverName());
        assertEquals(0, client.extensions().size());
    }

    @Test
    void anExtensionThatContradictsItselfIsListedAndNotRead() {
        assertTrue(wrap(Hellos.client()
                .extension(0, new byte[] {0, 9, 0, 0, 20, 'a'})
                .extension(10, new byte[] {0, 3, 1, 2, 3})
                .extension(13, new byte[] {0, 40, 1, 2})
                .extension(16, new byte[] {0, 3, 5, 'h', '2'})
                .extension(43, new byte[0])
                .extension(51, new byte[] {0, 5, 0, 29, 0, 9, 1})
                .message()));
        assertEquals(6, client.extensions().size());
        assertEquals("", client.serverName());
        assertEquals(0, client.supportedGroups().size());
        assertEquals(0, client.signatureAlgorithms().size());
        assertEquals(0, client.alpn().size());
        assertEquals(0, client.keyShares().size());
        assertEquals(TlsVersions.TLS_1_2, client.highestVersion());
    }

    @Test
    void theFirstOfTwoExtensionsCountsAndAnEmptyNameIsNone() {
        assertTrue(wrap(Hellos.client()
                .serverName("first")
                .serverName("second")
                .alpn("h2")
                .alpn("h3")
                .message()));
        assertEquals("first", client.serverName());
        assertEquals("h2", client.alpn().text(0));
        assertTrue(wrap(Hellos.client().serverName("").message()));
        assertEquals("", client.serverName());
    }

    @Test
    void nothingStaysOfTheHelloBefore() {
        assertTrue(wrap(Hellos.browser("www.example.com").message()));
        assertFalse(wrap(new byte[] {1, 0, 0, 0}));
        assertEquals("", client.serverName());
        assertEquals(0, client.legacyVersion());
        assertEquals(0, client.sessionIdLength());
        assertEquals(
                0,
                client.cipherSuites().size()
                        + client.extensions().size()
                        + client.alpn().size());
    }

    @Test
    void readsManyExtensions() {
        Hellos hello = Hellos.client();
        for (int i = 0; i < 3_000; i++) {
            hello.extension(1000 + i, new byte[0]);
        }
        assertTrue(wrap(hello.message()));
        assertEquals(3_000, client.extensions().size());
        assertEquals(3_999, client.extensions().type(2_999));
    }

    @Test
    void readsWhatAServerChooses() {
        byte[] message = Hellos.client()
                .suites(0x1302)
                .extension(43, new byte[] {3, 4})
                .extension(51, Hellos.join(Hellos.u16(29), Hellos.u16(32), new byte[32]))
                .serverMessage(new byte[32]);
        assertTrue(server.wrap(Bytes.of(message), 0, message.length));
        assertEquals(TlsVersions.TLS_1_3, server.version());
        assertEquals(TlsVersions.TLS_1_2, server.legacyVersion());
        assertEquals(0x1302, server.cipherSuite());
        assertEquals(2, server.extensions().size());
        assertFalse(server.isHelloRetryRequest());
    }

    @Test
    void readsTheChosenProtocolAndKnowsARetryRequest() {
        byte[] message = Hellos.client().suites(0xc02f).alpn("h2").serverMessage(new byte[32]);
        assertTrue(server.wrap(Bytes.of(message), 0, message.length));
        assertEquals(List.of("h2"), server.alpn().texts());
        message = Hellos.client().suites(0x1301).serverMessage(RETRY_RANDOM);
        assertTrue(server.wrap(Bytes.of(message), 0, message.length));
        assertTrue(server.isHelloRetryRequest());
    }

    @Test
    void readsTheShorterServerHelloOfEarlyDrafts() {
        byte[] body = Hellos.join(new byte[] {0x7f, 18}, new byte[32], new byte[] {0x13, 1, 0, 4, 0, 51, 0, 0});
        byte[] message = Hellos.message(2, body);
        assertTrue(server.wrap(Bytes.of(message), 0, message.length));
        assertEquals("TLS 1.3 draft-18", TlsVersions.name(server.version()));
        assertEquals(0x1301, server.cipherSuite());
        assertEquals(1, server.extensions().size());
        message = Hellos.message(6, new byte[] {0x7f, 18, 0, 4, 0, 51, 0, 0});
        assertTrue(server.wrap(Bytes.of(message), 0, message.length));
        assertTrue(server.isHelloRetryRequest());
    }

    @Test
    void hostileBytesAreNoHelloAndNothingWorse() {
        byte[] hello = Hellos.browser("www.example.com").message();
        byte[] answer =
                Hellos.client().alpn("h2").extension(43, new byte[] {3, 4}).serverMessage(new byte[32]);
        for (int length = 0; length < hello.length; length++) {
            assertFalse(wrap(Arrays.copyOf(hello, length)), "cut to " + length);
        }
        Random random = new Random(7);
        for (int i = 0; i < 50_000; i++) {
            byte[] changed = hello.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                changed[random.nextInt(random.nextBoolean() ? 200 : changed.length)] = (byte) random.nextInt(256);
            }
            if (wrap(changed)) {
                readAll();
            }
            byte[] changedAnswer = answer.clone();
            changedAnswer[random.nextInt(changedAnswer.length)] = (byte) random.nextInt(256);
            if (server.wrap(Bytes.of(changedAnswer), 0, changedAnswer.length)) {
                server.alpn().texts();
            }
        }
    }

    private void readAll() {
        client.serverName();
        client.alpn().texts();
        client.highestVersion();
        for (int i = 0; i < client.keyShares().size(); i++) {
            client.keyShares().group(i);
            client.keyShares().lengthBytes(i);
        }
        for (int i = 0; i < client.extensions().size(); i++) {
            client.extensions().data(i, new Bytes()).toByteArray();
        }
        for (TlsCodes codes : List.of(
                client.cipherSuites(),
                client.compressionMethods(),
                client.supportedGroups(),
                client.pointFormats(),
                client.signatureAlgorithms(),
                client.supportedVersions())) {
            for (int i = 0; i < codes.size(); i++) {
                codes.get(i);
            }
        }
    }

    private boolean wrap(byte[] message) {
        return client.wrap(Bytes.of(message), 0, message.length);
    }
}
