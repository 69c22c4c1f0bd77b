package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.NetfilterHook;
import dev.weir.WeirException;
import dev.weir.linux.Interfaces;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.spi.WallClock;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes with a packet, and what is refused with which words. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueMetadataKernelTest {
    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    @Test
    void aForwardedPacketTellsWhereItCameFromAndWhereItGoes() {
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            lab.client.run("bash", "-c", "echo hello > /dev/udp/" + lab.server.ipv4() + "/9");
            Slot slot = FilterLab.take(queue, 1).get(0);
            assertEquals(NetfilterHook.FORWARD, slot.hook());
            assertEquals(indexOf(lab.filter, "eth0"), slot.interfaceIndex());
            assertEquals(indexOf(lab.filter, "eth1"), slot.outputInterfaceIndex());
            long client = lab.client.call(
                    () -> Interfaces.require("eth0").hardwareAddress().bits());
            assertEquals(client, slot.senderHardwareAddress());
            assertEquals(-1, slot.senderUid());
            long nowNs = Instant.now().getEpochSecond() * 1_000_000_000L;
            assertTrue(Math.abs(slot.timestampNs() - nowNs) < 5_000_000_000L, slot.timestampNs() + " near " + nowNs);
            assertEquals(0, slot.mark());
            queue.release(slot);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void theKernelsTimeIsWhenThePacketCameAndNotWhenItWasRead(int version) throws Exception {
        lab.rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        try (CaptureSource source = lab.open("0?timestamp=kernel")) {
            CaptureQueue queue = source.queues().get(0);
            String server = version == 4 ? lab.server.ipv4() : lab.server.ipv6();
            lab.client.run("bash", "-c", "echo hello > /dev/udp/" + server + "/9");
            Thread.sleep(300); // the wait that is to be seen
            Slot slot = FilterLab.take(queue, 1).get(0);
            long waitedNs = new WallClock().nowNs() - slot.timestampNs();
            assertTrue(waitedNs >= 290_000_000L && waitedNs < 10_000_000_000L, "waited " + waitedNs + " ns");
            queue.release(slot);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSentPacketTellsWhoseProcessSentItWhenThatIsAskedFor(boolean asked) {
        lab.ipv4Rule("-A OUTPUT -p udp -j NFQUEUE --queue-num 0");
        try (CaptureSource source = lab.open("0?uid-gid=" + asked)) {
            CaptureQueue queue = source.queues().get(0);
            lab.filter.run(
                    "setpriv",
                    "--reuid=12345",
                    "--regid=23456",
                    "--clear-groups",
                    "bash",
                    "-c",
                    "echo hello > /dev/udp/" + lab.server.ipv4() + "/9");
            Slot slot = FilterLab.take(queue, 1).get(0);
            assertEquals(NetfilterHook.OUTPUT, slot.hook());
            assertEquals(0, slot.interfaceIndex());
            assertEquals(indexOf(lab.filter, "eth1"), slot.outputInterfaceIndex());
            assertEquals(-1, slot.senderHardwareAddress());
            if (asked) {
                assertEquals(12_345, slot.senderUid());
                assertEquals(23_456, slot.senderGid());
            }
            queue.release(slot);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unfinishedChecksumsAreToldApart(boolean gso) throws Exception {
        lab.ipv4Rule("-A OUTPUT -p tcp -j NFQUEUE --queue-num 0");
        try (CaptureSource source = lab.open("0?gso=" + gso);
                ServerSocket server = lab.server.call(() -> new ServerSocket(9000))) {
            CaptureQueue queue = source.queues().get(0);
            Thread client = new Thread(() -> lab.filter.call(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(server.getLocalSocketAddress(), 100);
                } catch (java.io.IOException e) {
                    // its SYN never arrives
                }
                return null;
            }));
            client.start();
            lab.filter.start("bash", "-c", "echo > /dev/tcp/" + lab.server.ipv4() + "/9000");
            Slot slot = FilterLab.take(queue, 1).get(0);
            assertEquals(!gso, slot.checksumsComplete());
            queue.release(slot);
            client.join();
        }
    }

    // Refusals

    @Test
    void aQueueThatSomebodyElseHasIsRefusedInOneLine() {
        try (CaptureSource first = lab.open("5")) {
            WeirException refusal =
                    assertThrows(WeirException.class, () -> lab.open("4-6").close());
            assertTrue(refusal.getMessage().startsWith("nfqueue:5 belongs to another process"), refusal.getMessage());
            assertFalse(refusal.getMessage().contains("\n"));
            assertEquals(1, first.queues().size());
            lab.open("4").close(); // nothing stayed bound
            lab.open("6").close();
        }
        lab.open("5").close();
    }

    @Test
    void withoutTheRightItIsRefusedInOneLine() {
        LabProcess filter = FilterProcess.start(
                lab.filter,
                List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"),
                "nfqueue:0",
                "accept");
        filter.awaitExit(Duration.ofSeconds(30));
        assertTrue(filter.output().contains("refused: "), filter.output());
        assertTrue(filter.output().contains("nfqueue:0 needs CAP_NET_ADMIN"), filter.output());
        assertEquals(
                1,
                filter.output()
                        .strip()
                        .lines()
                        .filter(line -> line.startsWith("refused"))
                        .count());
    }

    @Test
    void whatTheKernelDoesNotHaveIsRefusedOrWorks() {
        try (CaptureSource source = lab.open("0?conntrack=true")) {
            assertFalse(source.explain().isEmpty());
        } catch (WeirException e) {
            assertTrue(e.getMessage().contains("conntrack"), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "65536", "3-2", "0-256", "0-", "1,2", ""})
    void aBadNumberIsRefused(String target) {
        WeirException refusal =
                assertThrows(WeirException.class, () -> lab.open(target).close());
        assertTrue(refusal.getMessage().contains("queue number"), refusal.getMessage());
    }

    private static int indexOf(LabHost host, String name) {
        return host.call(() -> Interfaces.require(name).index());
    }
}
