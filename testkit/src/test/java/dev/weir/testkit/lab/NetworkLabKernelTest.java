package dev.weir.testkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.spi.Availability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NetworkLabTest
class NetworkLabKernelTest {
    private NetworkLab before;

    @BeforeEach
    void setUp(NetworkLab lab) {
        before = lab;
    }

    private static List<String> namespaces() {
        return Commands.run("ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ")[0])
                .toList();
    }

    @Test
    void theTestAndItsSetUpShareOneLab(NetworkLab lab) {
        assertSame(before, lab);
    }

    @Test
    void hostsReachEachOtherByBothVersionsOfIp(NetworkLab lab) throws IOException {
        LabHost client = lab.host("client");
        LabHost server = lab.host("server");
        LabLink link = lab.connect(client, server);
        assertEquals("eth0", client.interfaceName());
        assertEquals(link.rightEnd().ipv4(), server.ipv4());

        assertReaches(client, server, server.ipv4());
        assertReaches(client, server, server.ipv6());
    }

    @Test
    @KernelTest(requires = KernelFeature.NETFILTER_NETLINK)
    void aClientReachesAServerThroughTheFilterBetweenThemAlone(NetworkLab lab) throws IOException {
        FilteredPath path = FilteredPath.in(lab);
        List<String> addresses = List.of(path.server().ipv4(), path.server().ipv6());
        for (String address : addresses) {
            assertReaches(path.client(), path.server(), address);
        }
        path.iptables("-A FORWARD -j REJECT");
        for (String address : addresses) {
            assertThrows(WeirException.class, () -> assertReaches(path.client(), path.server(), address));
        }
    }

    private static void assertReaches(LabHost client, LabHost server, String address) throws IOException {
        try (ServerSocket listener = server.call(() -> new ServerSocket(0, 1, InetAddress.getByName(address)));
                Socket socket = client.call(() -> {
                    Socket connecting = new Socket();
                    connecting.connect(new InetSocketAddress(address, listener.getLocalPort()), 5_000);
                    return connecting;
                })) {
            assertTrue(socket.isConnected());
        }
    }

    @Test
    void aProcessRunsInsideAndItsOutputIsSeen(NetworkLab lab) {
        LabHost host = lab.host("one");
        assertEquals(host.namespace(), host.run("ip", "netns", "identify").strip());
        assertThrows(WeirException.class, () -> host.run("false"));

        LabProcess cat = host.start("sh", "-c", "echo ready; exec cat");
        cat.awaitOutput("ready", Duration.ofSeconds(5));
        cat.println("hello");
        cat.awaitOutput("hello", Duration.ofSeconds(5));
        assertTrue(cat.isAlive());
        cat.close();
        assertFalse(cat.isAlive());
        AssertionError ended = assertThrows(AssertionError.class, () -> cat.awaitOutput("more", Duration.ofSeconds(5)));
        assertTrue(ended.getMessage().contains("before it ended"), ended.getMessage());
    }

    @Test
    void aThreadInsideOpensSocketsThere(NetworkLab lab) throws Exception {
        LabHost host = lab.host("one");
        String[] seen = new String[1];
        Thread thread = host.newThread("inside", () -> {
            try {
                seen[0] = new String(new ProcessBuilder("ip", "netns", "identify")
                        .start()
                        .getInputStream()
                        .readAllBytes());
            } catch (IOException e) {
                seen[0] = e.toString();
            }
        });
        thread.start();
        thread.join(TimeUnit.SECONDS.toMillis(10));
        assertEquals(host.namespace(), seen[0].strip());
    }

    @Test
    void closingEndsProcessesAndRemovesTheNamespaces() {
        NetworkLab lab = NetworkLab.open();
        LabHost host = lab.host("gone");
        LabProcess sleeper = host.start("sh", "-c", "echo up; sleep 1000 & wait");
        sleeper.awaitOutput("up", Duration.ofSeconds(5));
        assertTrue(namespaces().contains(host.namespace()));
        String inside = Commands.run("ip", "netns", "pids", host.namespace());
        assertTrue(inside.lines().count() >= 2, inside);
        lab.close();
        lab.close();

        assertFalse(namespaces().contains(host.namespace()));
        inside.lines().forEach(pid -> assertFalse(isRunning(pid), "process " + pid + " still runs"));
    }

    /** A process that has ended may wait as a zombie for its new parent. */
    private static boolean isRunning(String pid) {
        try {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void leftoversOfAProcessThatIsGoneAreRemovedAndNoOthers(NetworkLab lab) {
        LabHost own = lab.host("own");
        NamespaceName orphan = new NamespaceName(4_194_305, 1, 1, "orphan");
        Commands.run("ip", "netns", "add", orphan.toString());

        assertTrue(NetworkLab.removeLeftovers().contains(orphan.toString()));
        assertTrue(namespaces().contains(own.namespace()));
        assertFalse(namespaces().contains(orphan.toString()));
    }

    @Test
    void aPulledCableTakesTheCarrierAway(NetworkLab lab) throws IOException {
        LabHost left = lab.host("left");
        LabHost right = lab.host("right");
        LabLink link = lab.connect(left, right);
        link.pull();
        assertTrue(right.ip("-o", "link", "show", "dev", "eth0").contains("NO-CARRIER"));
        link.plug();
        assertReaches(right, left, left.ipv6());
    }

    @Test
    void aSkipIsReasonedByWhatTheKernelSays() {
        for (KernelFeature feature : KernelFeature.values()) {
            Availability availability = feature.probe();
            assertTrue(
                    availability.answer() != Availability.Answer.UNKNOWN,
                    () -> feature + " could not be told: " + availability.cause());
            assertEquals(
                    availability.answer() == Availability.Answer.YES,
                    availability.cause().isEmpty());
        }
        assertEquals(Availability.YES, KernelFeature.VETH.probe(), "this test runs on veth pairs");
    }

    @Test
    @KernelTest(requires = KernelFeature.DUMMY)
    void whatAKernelTestRequiresIsThere(NetworkLab lab) {
        LabHost host = lab.host("one");
        host.ip("link", "add", "dummy9", "type", "dummy");
        assertTrue(host.ip("-o", "link").contains("dummy9"));
    }
}
