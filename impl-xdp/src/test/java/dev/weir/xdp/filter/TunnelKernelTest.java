package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.Capture;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real tunnel, WireGuard by wireguard-go over tun: packets without an Ethernet header, decapsulated traffic. */
@NetworkLabTest(requires = KernelFeature.TUN)
class TunnelKernelTest {
    private static final int OPEN_PORT = 4001;
    private static final int BLOCKED_PORT = 4002;
    private static final int WIREGUARD_PORT = 51820;
    private static final String HERE4 = "10.99.0.1";
    private static final String THERE4 = "10.99.0.2";
    private static final String HERE6 = "fd99::1";
    private static final String THERE6 = "fd99::2";

    private LabHost here;
    private LabHost there;
    private String hereName;
    private String thereName;

    /** The programs' control sockets are files: names have to be unique on the machine, and short. */
    private static String name(String side) {
        return "wg" + side + Long.toString(ProcessHandle.current().pid() % 100_000, 36)
                + Long.toString(System.nanoTime() % 46_656, 36);
    }

    @BeforeEach
    void tunnel(NetworkLab lab) throws Exception {
        here = lab.host("here");
        there = lab.host("there");
        lab.connect(here, there);
        hereName = name("a");
        thereName = name("b");
        String hereKey = here.run("wg", "genkey").strip();
        String thereKey = there.run("wg", "genkey").strip();
        start(here, hereName, hereKey, thereKey, there.ipv4(), HERE4, HERE6);
        start(there, thereName, thereKey, hereKey, here.ipv4(), THERE4, THERE6);
    }

    private static void start(
            LabHost host, String name, String key, String peerKey, String peer, String ipv4, String ipv6)
            throws Exception {
        host.start("wireguard-go", "-f", name);
        BooleanSupplier listens = () -> Files.exists(Path.of("/var/run/wireguard/" + name + ".sock"));
        Datagrams.until("wireguard-go listens", listens, () -> {});
        Path private_ = Files.createTempFile("weir-key", "");
        Path peerPrivate = Files.createTempFile("weir-key", "");
        try {
            Files.writeString(private_, key + "\n");
            Files.writeString(peerPrivate, peerKey + "\n");
            String peerPublic =
                    host.run("sh", "-c", "wg pubkey < " + peerPrivate).strip();
            host.run(
                    "wg",
                    "set",
                    name,
                    "listen-port",
                    "" + WIREGUARD_PORT,
                    "private-key",
                    private_.toString(),
                    "peer",
                    peerPublic,
                    "endpoint",
                    peer + ":" + WIREGUARD_PORT,
                    "allowed-ips",
                    "10.99.0.0/24,fd99::/64");
        } finally {
            Files.delete(private_);
            Files.delete(peerPrivate);
        }
        host.ip("addr", "add", ipv4 + "/24", "dev", name);
        host.ip("addr", "add", ipv6 + "/64", "dev", name, "nodad");
        host.ip("link", "set", name, "up");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?tc=clsact"})
    void tcDecidesOverDecapsulatedPackets(String options) {
        try (DatagramSocket open4 = Datagrams.open(here, HERE4, OPEN_PORT);
                DatagramSocket blocked4 = Datagrams.open(here, HERE4, BLOCKED_PORT);
                DatagramSocket open6 = Datagrams.open(here, HERE6, OPEN_PORT);
                DatagramSocket from4 = Datagrams.open(there, THERE4, 0);
                DatagramSocket from6 = Datagrams.open(there, THERE6, 0);
                KernelFilter filter = here.call(() -> KernelFilter.open("bpf:" + hereName + options))) {
            assertTrue(
                    filter.explain()
                            .startsWith(hereName + ": tc ingress (packets of " + hereName + " have no Ethernet header"),
                    filter.explain());
            Datagrams.send(from4, HERE4, BLOCKED_PORT, 1);
            assertEquals(1, Datagrams.receive(blocked4));
            filter.block(Blocklist.builder().port(Protocols.UDP, BLOCKED_PORT).build());
            Datagrams.send(from4, HERE4, BLOCKED_PORT, 2);
            Datagrams.send(from4, HERE4, OPEN_PORT, 3);
            assertEquals(3, Datagrams.receive(open4));
            Datagrams.send(from6, HERE6, BLOCKED_PORT, 4);
            Datagrams.send(from6, HERE6, OPEN_PORT, 5);
            assertEquals(5, Datagrams.receive(open6));
            assertEquals(2, filter.counts().get(KernelOutcome.BLOCKED_PORT).packets());
            filter.block(Blocklist.builder().prefix(THERE6).build());
            Datagrams.send(from6, HERE6, OPEN_PORT, 6);
            Datagrams.send(from4, HERE4, BLOCKED_PORT, 7);
            assertEquals(7, Datagrams.receive(blocked4));
            Assertions.assertTrue(
                    filter.counts().get(KernelOutcome.BLOCKED_IPV6).packets() >= 1);
        }
    }

    @Test
    void afPacketDeliversWhileTcCarriesOutFlowVerdicts() {
        try (DatagramSocket at = Datagrams.open(here, HERE4, OPEN_PORT);
                DatagramSocket from = Datagrams.open(there, THERE4, 0);
                Pipeline pipeline = here.call(() -> Pipeline.from("afpacket:" + hereName)
                        .advisory()
                        .offload("bpf:" + hereName)
                        .classify((packet, flow) ->
                                packet.headers().destinationPort() == OPEN_PORT ? Verdict.DROP_FLOW : Verdict.CONTINUE)
                        .open())) {
            pipeline.start();
            Datagrams.send(from, HERE4, OPEN_PORT, 1);
            assertEquals(1, Datagrams.receive(at), "the packet that was judged has passed: AF_PACKET sees copies");
            Datagrams.until(
                    "the kernel drops the flow",
                    () -> pipeline.ledger().inKernel().get(KernelOutcome.FLOW_DROPPED) > 0,
                    () -> Datagrams.send(from, HERE4, OPEN_PORT, 2));
        }
    }

    @Test
    void whatIsSteeredOutOfTheTunnelComesToTheCaptureBehindTc() {
        Map<String, String> steered = Map.of("steer", "udp:" + OPEN_PORT + ",!net:" + THERE6, "steer-mark", "0x2/0x2");
        try (DatagramSocket other = Datagrams.open(here, HERE4, BLOCKED_PORT);
                DatagramSocket other6 = Datagrams.open(here, HERE6, OPEN_PORT);
                DatagramSocket from4 = Datagrams.open(there, THERE4, 0);
                DatagramSocket from6 = Datagrams.open(there, THERE6, 0);
                KernelFilter filter = here.call(() -> KernelFilter.open("bpf:" + hereName, steered));
                Capture capture = here.call(() -> Capture.open("afpacket:" + hereName + "?mark=0x2/0x2"))) {
            Datagrams.send(from4, HERE4, OPEN_PORT, 1);
            Datagrams.send(from4, HERE4, BLOCKED_PORT, 2);
            assertEquals(2, Datagrams.receive(other));
            Datagrams.send(from6, HERE6, OPEN_PORT, 3);
            assertEquals(3, Datagrams.receive(other6));
            List<Packet> batch = capture.receive(Duration.ofSeconds(5));
            assertEquals(1, batch.size());
            assertEquals(OPEN_PORT, batch.get(0).headers().destinationPort());
            assertEquals(THERE4, batch.get(0).headers().source().toString());
            capture.finish(batch.get(0), Verdict.ACCEPT);
            assertEquals(1, filter.counts().get(KernelOutcome.STEERED).packets());
        }
    }

    @Test
    void aTunnelBesideAnEthernetLinkHasBothFilteredAtTc() {
        try (DatagramSocket inside = Datagrams.open(there, THERE4, 0);
                DatagramSocket outside = Datagrams.open(there, there.ipv4(), 0);
                DatagramSocket at = Datagrams.open(here, HERE4, OPEN_PORT);
                KernelFilter filter = here.call(() -> KernelFilter.open("bpf:eth0," + hereName))) {
            String why = " (packets of " + hereName + " have no Ethernet header, which XDP needs), tcx link";
            assertEquals("eth0: tc ingress" + why + "\n" + hereName + ": tc ingress" + why, filter.explain());
            filter.block(Blocklist.builder().port(Protocols.UDP, BLOCKED_PORT).build());
            Datagrams.send(outside, here.ipv4(), BLOCKED_PORT, 1);
            Datagrams.send(inside, HERE4, BLOCKED_PORT, 2);
            Datagrams.send(inside, HERE4, OPEN_PORT, 3);
            assertEquals(3, Datagrams.receive(at));
            assertEquals(2, filter.counts().get(KernelOutcome.BLOCKED_PORT).packets());
        }
    }

    @Test
    void xdpIsRefusedWhereThereIsNoEthernetHeader() {
        WeirException refusal = Assertions.assertThrows(
                WeirException.class, () -> here.call(() -> KernelFilter.open("bpf:" + hereName + "?hook=xdp")));
        assertTrue(refusal.getMessage().contains("hook=tc"), refusal.getMessage());
    }
}
