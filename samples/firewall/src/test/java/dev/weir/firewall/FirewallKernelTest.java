package dev.weir.firewall;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The firewall as a process of its own, between a client and a server. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(120)
class FirewallKernelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int OPEN = 7000;
    private static final int SHUT = 7001;
    private static final String REJECT_SHUT =
            "[{\"id\": \"shut\", \"layer\": 4, \"type\": \"tcp_dst_port\", \"values\": [7001], \"action\": \"reject\"}]";
    private static final String REJECT_OPEN =
            REJECT_SHUT.replace("7001", "7000").replace("shut", "open");

    @TempDir
    Path directory;

    private LabHost client;
    private LabHost filter;
    private LabHost server;
    private Path rules;
    private final List<ServerSocket> servers = new ArrayList<>();

    @BeforeEach
    void open(NetworkLab lab) throws IOException {
        FilteredPath path = FilteredPath.in(lab);
        client = path.client();
        filter = path.filter();
        server = path.server();
        rules = Files.writeString(directory.resolve("rules.json"), REJECT_SHUT);
        for (int port : new int[] {OPEN, SHUT}) {
            servers.add(server.call(() -> new ServerSocket(port)));
        }
        // Rules of somebody else, which have to be there afterwards.
        path.iptables("-t mangle -A FORWARD -p udp --dport 9 -j ACCEPT");
        path.iptables("-N WEIRD");
        path.iptables("-A FORWARD -j WEIRD");
    }

    @AfterEach
    void close() throws IOException {
        for (ServerSocket socket : servers) {
            socket.close();
        }
    }

    @Test
    void itFiltersAndReportsAndLeavesNothingBehind() throws Exception {
        String before = allRules();
        try (LabProcess firewall = start("--queue", "0-1", "--workers", "2", "--steer", "forward")) {
            for (int version : new int[] {4, 6}) {
                exchange(version, OPEN);
                assertThrows(ConnectException.class, () -> connect(version, SHUT), "rejected at once");
            }
            assertTrue(allRules().contains("weir firewall, queues 0-1"), allRules());
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
            String said = firewall.output();
            assertTrue(said.contains("; balanced"), said);
            assertTrue(said.matches("(?s).* 2  rejected, classifier\n.*"), said);
            assertTrue(said.matches("(?s).*drops by reason:\n +2  rules: shut\n.*"), said);
            assertTrue(said.contains("kernel to verdict: p50 "), said);
            assertTrue(said.contains("classified by worker 1"), said);
        }
        assertEquals(before, allRules());
    }

    @ParameterizedTest
    @ValueSource(strings = {"input", "output"})
    void itSteersWhatGoesToThisHostAndWhatComesFromIt(String hook) throws Exception {
        LabHost from = hook.equals("input") ? client : filter;
        LabHost to = hook.equals("input") ? filter : server;
        try (ServerSocket open = hook.equals("input") ? to.call(() -> new ServerSocket(OPEN)) : servers.get(0);
                LabProcess firewall = start("--queue", "3", "--steer", hook)) {
            assertEquals(OPEN, open.getLocalPort());
            for (int version : new int[] {4, 6}) {
                connect(from, to, version, OPEN).close();
                assertThrows(ConnectException.class, () -> connect(from, to, version, SHUT));
            }
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
        }
        assertFalse(allRules().contains("weir firewall"), allRules());
    }

    @Test
    void whoCannotTellSendersSaysSoBeforeThereIsAPacket() throws Exception {
        List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"));
        command.addAll(List.of(FirewallCommand.with("--rules", rules.toString(), "--queue", "0")));
        try (LabProcess firewall = filter.start(command.toArray(String[]::new))) {
            firewall.awaitOutput("which takes CAP_NET_RAW: their packets are only dropped", PATIENCE);
            replace("[]");
            firewall.awaitOutput("0 rules from " + rules + " are in force\n", PATIENCE);
            replace(REJECT_OPEN);
            awaitTwice(firewall, "their packets are only dropped");
        }
    }

    @Test
    void rulesAreSwappedOnAChangeAndOnSighupAndABadFileIsRefused() throws Exception {
        try (LabProcess firewall = start("--queue", "0", "--steer", "forward")) {
            exchange(4, OPEN);
            replace(REJECT_OPEN);
            firewall.awaitOutput("1 rules from " + rules + " are in force\n", PATIENCE);
            assertThrows(ConnectException.class, () -> connect(4, OPEN));
            exchange(4, SHUT);
            replace("[\n\n{\"id\": \"x\"}]");
            firewall.awaitOutput(rules + ":3: rule \"x\": the rule has no action", PATIENCE);
            firewall.awaitOutput("the rules stay as they are", PATIENCE);
            assertThrows(ConnectException.class, () -> connect(4, OPEN));
            filter.run("kill", "-HUP", Long.toString(firewall.pid()));
            awaitTwice(firewall, "the rules stay as they are");
            replace(REJECT_SHUT);
            filter.run("kill", "-HUP", Long.toString(firewall.pid()));
            awaitTwice(firewall, "are in force\n");
            exchange(4, OPEN);
        }
    }

    @Test
    void rulesBehindALinkAreSwappedWhileTrafficFlowsAndNothingIsLost() throws Exception {
        List<Path> versions = List.of(
                Files.writeString(directory.resolve("one"), REJECT_SHUT),
                Files.writeString(directory.resolve("other"), REJECT_OPEN));
        Files.delete(rules);
        Files.createSymbolicLink(rules, versions.get(0));
        AtomicInteger sent = new AtomicInteger();
        AtomicBoolean ending = new AtomicBoolean();
        try (LabProcess firewall = start("--queue", "0", "--workers", "1", "--steer", "forward");
                DatagramSocket to = server.call(() -> new DatagramSocket(9_000));
                DatagramSocket from = client.call(() -> new DatagramSocket())) {
            to.setReceiveBufferSize(4 << 20);
            InetSocketAddress address = new InetSocketAddress(server.ipv4(), 9_000);
            Thread sender = client.newThread("sender", () -> {
                while (!ending.get()) {
                    try {
                        from.send(new DatagramPacket(new byte[8], 8, address));
                        sent.incrementAndGet();
                        Thread.sleep(1);
                    } catch (IOException | InterruptedException e) {
                        return;
                    }
                }
            });
            sender.start();
            for (int i = 1; i <= 4; i++) {
                Path fresh = Files.createSymbolicLink(directory.resolve("fresh"), versions.get(i % 2));
                Files.move(fresh, rules, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                awaitTimes(firewall, " are in force\n", i);
                int refused = i % 2 == 0 ? SHUT : OPEN;
                assertThrows(ConnectException.class, () -> connect(4, refused));
            }
            ending.set(true);
            sender.join();
            to.setSoTimeout(5_000);
            for (int i = 0; i < sent.get(); i++) {
                to.receive(new DatagramPacket(new byte[8], 8));
            }
            assertTrue(sent.get() > 500, sent::toString);
        }
    }

    @Test
    void aRuleFileWithAMistakeStartsNothing() throws Exception {
        Files.writeString(rules, "[{\"id\": \"x\", \"type\": \"any\", \"action\": \"explode\"}]");
        String before = allRules();
        try (LabProcess firewall = launch("--queue", "0", "--rules", rules.toString(), "--steer", "forward")) {
            assertEquals(2, firewall.awaitExit(PATIENCE));
            assertTrue(firewall.output().contains(rules + ":1: rule \"x\": there is no action"), firewall.output());
        }
        assertEquals(before, allRules());
    }

    @Test
    void booksThatCannotBeWrittenAreAFailure() throws Exception {
        String before = allRules();
        String[] command = FirewallCommand.with("--queue", "0", "--rules", rules.toString(), "--steer", "FORWARD");
        String[] shell = {"sh", "-c", "exec \"$@\" >/dev/full", "sh"};
        try (LabProcess firewall =
                filter.start(Stream.of(shell, command).flatMap(Stream::of).toArray(String[]::new))) {
            firewall.awaitOutput("are in force on queue 0\n", PATIENCE);
            firewall.terminate();
            assertEquals(2, firewall.awaitExit(PATIENCE), firewall.output());
            assertTrue(firewall.output().endsWith("weir firewall: the books could not be written\n"));
        }
        assertEquals(before, allRules());
    }

    @Test
    void anotherFirewallBehindTheSameHookIsTold() {
        try (LabProcess behind = start("--queue", "0", "--steer", "forward");
                LabProcess firewall = start("--queue", "1", "--steer", "forward")) {
            assertTrue(behind.isAlive());
            assertTrue(
                    firewall.output().contains("another firewall, WEIR-0: it does not see what this one accepts"),
                    firewall.output());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterACrashTrafficGoesOnOrStopsAndTheNextStartCleansUp(boolean failOpen) throws Exception {
        String before = allRules();
        List<String> options = new ArrayList<>(List.of("--queue", "0", "--steer", "forward"));
        if (failOpen) {
            options.add("--fail-open");
        }
        try (LabProcess firewall = start(options.toArray(String[]::new))) {
            exchange(4, OPEN);
            ProcessHandle.of(firewall.pid()).orElseThrow().destroyForcibly();
            firewall.awaitExit(PATIENCE);
        }
        assertTrue(allRules().contains("weir firewall, queues 0"), allRules());
        if (failOpen) {
            exchange(4, SHUT);
            exchange(6, SHUT);
        } else {
            assertThrows(SocketTimeoutException.class, () -> connect(4, OPEN));
        }
        options.set(1, "0-2"); // also with other queues
        try (LabProcess firewall = start(options.toArray(String[]::new))) {
            firewall.awaitOutput("took away what a killed firewall left: WEIR-0\n", PATIENCE);
            exchange(4, OPEN);
            exchange(6, OPEN);
            assertThrows(ConnectException.class, () -> connect(4, SHUT));
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
        }
        assertEquals(before, allRules());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void decidedFlowsAreKeptInTheKernel(int version) throws Exception {
        Files.writeString(
                rules,
                """
                [{"id": "open", "type": "tcp_dst_port", "values": [7000], "action": "accept", "scope": "flow"},
                 {"id": "rest", "type": "any", "action": "drop", "scope": "flow"}]
                """);
        try (LabProcess firewall = start("--queue", "0", "--steer", "forward", "--offload")) {
            try (Socket socket = connect(version, OPEN);
                    Socket accepted = servers.get(0).accept()) {
                byte[] bytes = new byte[2_000_000];
                Arrays.fill(bytes, (byte) 'x');
                Thread writer = new Thread(() -> {
                    try {
                        socket.getOutputStream().write(bytes);
                    } catch (IOException e) {
                        // the reader then finds less
                    }
                });
                writer.start();
                assertArrayEquals(bytes, accepted.getInputStream().readNBytes(bytes.length));
                writer.join();
            }
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
            assertTrue(firewall.output().contains("ledger: "), firewall.output());
            String passed = firewall.output().replaceFirst("(?s).* (\\d+)  accepted, classifier.*", "$1");
            assertEquals("1", passed, firewall.output()); // the SYN
        }
        assertFalse(allRules().contains("WEIR-"), allRules());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aRequestIsJudgedByItsContentAlsoWhenItComesInPieces(int version) throws Exception {
        Files.writeString(
                rules,
                """
                [{"id": "sql", "layer": 7, "type": "http_uri_regex", "values": ["(?i)union.+select"], "action": "reject"},
                 {"id": "bots", "layer": 7, "type": "http_header_contains", "values": ["User-Agent: curl"], "action": "drop"},
                 {"id": "name", "layer": 7, "type": "payload_regex", "values": ["forbidden word"], "action": "reject"}]
                """);
        try (LabProcess firewall = start("--queue", "0-1", "--workers", "2", "--steer", "forward")) {
            request(version, "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThrows(
                    IOException.class,
                    () -> request(version, "GET /?q=UNION%20ALL%20SELECT HTTP/1.1\r\nHost: a\r\n\r\n"));
            assertThrows(
                    IOException.class, () -> request(version, "GET /?q=uni|on sel|ect HTTP/1.1\r\n|Host: a\r\n\r\n"));
            assertThrows(
                    IOException.class,
                    () -> request(version, "GET / HTTP/1.1\r\nUser-Agent: cu|rl/8\r\nHost: a\r\n\r\n"));
            assertThrows(IOException.class, () -> request(version, "HELO|, this is a forbid|den word\r\n\r\n"));
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
            for (String rule : List.of("sql", "bots", "name")) {
                assertTrue(firewall.output().contains("rules: " + rule + "\n"), firewall.output());
            }
            assertTrue(firewall.output().contains("; balanced"), firewall.output());
        }
    }

    /** Sends a request, in pieces where there are bars; fails when the server does not get it whole. */
    private void request(int version, String text) throws IOException {
        try (Socket socket = connect(version, OPEN);
                Socket accepted = servers.get(0).accept()) {
            socket.setTcpNoDelay(true);
            accepted.setSoTimeout(1_000);
            StringBuilder got = new StringBuilder();
            for (String piece : text.split("\\|")) {
                socket.getOutputStream().write(piece.getBytes(UTF_8));
                got.append(new String(accepted.getInputStream().readNBytes(piece.length()), UTF_8));
            }
            if (!got.toString().equals(text.replace("|", ""))) {
                throw new IOException("the server got " + got);
            }
        }
    }

    // Helpers

    private LabProcess start(String... options) {
        List<String> all = new ArrayList<>(List.of("--rules", rules.toString()));
        all.addAll(List.of(options));
        LabProcess firewall = launch(all.toArray(String[]::new));
        firewall.awaitOutput("are in force on queue", PATIENCE);
        return firewall;
    }

    private LabProcess launch(String... options) {
        return filter.start(FirewallCommand.with(options));
    }

    /** In one step, as editors and deployments do. */
    private void replace(String text) throws IOException {
        Path fresh = Files.writeString(directory.resolve("fresh"), text);
        Files.move(fresh, rules, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void awaitTwice(LabProcess process, String words) throws InterruptedException {
        awaitTimes(process, words, 2);
    }

    private static void awaitTimes(LabProcess process, String words, int times) throws InterruptedException {
        long untilNs = System.nanoTime() + PATIENCE.toNanos();
        while (process.output().split(Pattern.quote(words), -1).length <= times) {
            assertTrue(System.nanoTime() < untilNs, process.output());
            Thread.sleep(10);
        }
    }

    private String allRules() {
        StringBuilder all = new StringBuilder();
        for (String program : List.of("iptables", "ip6tables")) {
            for (String table : List.of("mangle", "filter", "raw", "security")) {
                all.append(filter.run(program, "-w", "5", "-t", table, "-S"));
            }
        }
        return all.toString();
    }

    private void exchange(int version, int port) throws IOException {
        try (Socket socket = connect(version, port);
                Socket accepted = servers.get(port == OPEN ? 0 : 1).accept()) {
            socket.getOutputStream().write("hello".getBytes(UTF_8));
            assertEquals("hello", new String(accepted.getInputStream().readNBytes(5), UTF_8));
        }
    }

    private Socket connect(int version, int port) throws IOException {
        return connect(client, server, version, port);
    }

    private static Socket connect(LabHost from, LabHost to, int version, int port) throws IOException {
        Socket socket = from.call(() -> {
            Socket opened = new Socket();
            opened.bind(null); // makes the socket, inside
            return opened;
        });
        try {
            InetAddress address = InetAddress.getByName(version == 4 ? to.ipv4() : to.ipv6());
            socket.connect(new InetSocketAddress(address, port), 3_000);
            socket.setSoTimeout(5_000);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
