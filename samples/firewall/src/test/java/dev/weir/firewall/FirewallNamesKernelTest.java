package dev.weir.firewall;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.lab.FilteredPath;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that clients ask for: the JDK's TLS with a server of its own, and DNS over UDP. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(90)
class FirewallNamesKernelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TLS_PORT = 8443;
    private static final int DNS_PORT = 53;
    private static final int ANSWERED_MS = 10_000;

    /** After so long without an answer, there will be none. */
    private static final int QUIET_MS = 1_000;

    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    Path directory;

    private LabHost client;
    private LabHost filter;
    private LabHost server;

    @BeforeEach
    void open(NetworkLab lab) {
        FilteredPath path = FilteredPath.in(lab);
        client = path.client();
        filter = path.filter();
        server = path.server();
    }

    // TLS

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theServerNameOfATlsClientDecides(int version) throws Exception {
        SSLContext tls = tls();
        try (SSLServerSocket listening = server.call(
                        () -> (SSLServerSocket) tls.getServerSocketFactory().createServerSocket(TLS_PORT));
                LabProcess firewall = start("tls_sni")) {
            Thread serving = new Thread(() -> serve(listening), "tls server");
            serving.setDaemon(true);
            serving.start();
            assertEquals("hello", ask(tls, version, "www.example.org", ANSWERED_MS));
            IOException rejected =
                    assertThrows(IOException.class, () -> ask(tls, version, "refused.example.org", ANSWERED_MS));
            assertFalse(rejected instanceof SocketTimeoutException, "told at once: " + rejected);
            assertThrows(SocketTimeoutException.class, () -> ask(tls, version, "deep.silent.example.org", QUIET_MS));
            assertEquals("hello", ask(tls, version, "silent.example.org", ANSWERED_MS), "only the names below it");
            expectReport(firewall);
        }
    }

    private static void serve(SSLServerSocket listening) {
        while (!listening.isClosed()) {
            try (Socket accepted = listening.accept()) {
                accepted.setSoTimeout(QUIET_MS);
                accepted.getOutputStream().write(accepted.getInputStream().readNBytes(5));
            } catch (IOException e) {
                // one whose hello did not come, or the end
            }
        }
    }

    /** Shakes hands under a name, and has the server repeat a word. */
    private String ask(SSLContext tls, int version, String name, int patienceMs) throws IOException {
        try (Socket plain = client.call(() -> {
            Socket opened = new Socket();
            opened.bind(null); // makes the socket, inside
            return opened;
        })) {
            plain.connect(new InetSocketAddress(address(version), TLS_PORT), ANSWERED_MS);
            plain.setSoTimeout(patienceMs);
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, name, TLS_PORT, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write("hello".getBytes(UTF_8));
            return new String(socket.getInputStream().readNBytes(5), UTF_8);
        }
    }

    /** With a key of the JDK's own tool, trusted by the same context. */
    private SSLContext tls() throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=example.org",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, keytool.waitFor(), said);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate("server"));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    // DNS

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theNameInADnsQueryDecides(int version) throws Exception {
        try (DatagramSocket listening = server.call(() -> new DatagramSocket(DNS_PORT));
                LabProcess firewall = start("dns_query")) {
            Thread serving = new Thread(() -> answer(listening), "dns server");
            serving.setDaemon(true);
            serving.start();
            query(version, "www.example.org", ANSWERED_MS);
            IOException rejected =
                    assertThrows(IOException.class, () -> query(version, "REFUSED.example.org", ANSWERED_MS));
            assertFalse(rejected instanceof SocketTimeoutException, "told at once: " + rejected);
            assertThrows(SocketTimeoutException.class, () -> query(version, "deep.silent.example.org", QUIET_MS));
            query(version, "silent.example.org", ANSWERED_MS);
            expectReport(firewall);
        }
    }

    /** Answers each query with itself, as a response without records. */
    private static void answer(DatagramSocket listening) {
        DatagramPacket packet = new DatagramPacket(new byte[512], 512);
        while (!listening.isClosed()) {
            try {
                packet.setLength(512);
                listening.receive(packet);
                packet.getData()[2] |= (byte) 0x80;
                listening.send(packet);
            } catch (IOException e) {
                // the end
            }
        }
    }

    private void query(int version, String name, int patienceMs) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream message = new DataOutputStream(bytes);
        message.writeShort(4711); // id
        message.writeShort(0x0100); // recursion desired
        message.writeShort(1); // one question
        message.writeShort(0);
        message.writeInt(0);
        for (String label : name.split("\\.")) {
            message.writeByte(label.length());
            message.write(label.getBytes(US_ASCII));
        }
        message.writeByte(0);
        message.writeShort(1); // A
        message.writeShort(1); // IN
        try (DatagramSocket socket = client.call(() -> new DatagramSocket())) {
            socket.setSoTimeout(patienceMs);
            socket.connect(address(version), DNS_PORT); // only then it hears of ICMP errors
            socket.send(new DatagramPacket(bytes.toByteArray(), bytes.size()));
            DatagramPacket response = new DatagramPacket(new byte[512], 512);
            socket.receive(response);
            assertEquals(bytes.size(), response.getLength());
            assertEquals(bytes.toByteArray()[0], response.getData()[0]);
        }
    }

    // Both

    private LabProcess start(String type) throws IOException {
        Path rules = Files.writeString(
                directory.resolve("rules.json"),
                """
                [{"id": "refused", "layer": 7, "type": "%1$s", "values": ["refused.example.org"], "action": "reject"},
                 {"id": "silent", "layer": 7, "type": "%1$s", "values": ["*.silent.example.org"], "action": "drop"}]
                """
                        .formatted(type));
        LabProcess firewall =
                filter.start(FirewallCommand.with("--queue", "0", "--steer", "forward", "--rules", rules.toString()));
        firewall.awaitOutput("are in force on queue", PATIENCE);
        return firewall;
    }

    private static void expectReport(LabProcess firewall) throws Exception {
        firewall.terminate();
        assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
        for (String rule : List.of("refused", "silent")) {
            assertTrue(firewall.output().contains("rules: " + rule + "\n"), firewall.output());
        }
        assertTrue(firewall.output().contains("; balanced"), firewall.output());
    }

    private InetAddress address(int version) throws IOException {
        return InetAddress.getByName(version == 4 ? server.ipv4() : server.ipv6());
    }
}
