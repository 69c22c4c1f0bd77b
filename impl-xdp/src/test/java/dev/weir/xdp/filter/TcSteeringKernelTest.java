package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.Capture;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Transmitter;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which packets are for Weir, told by the tc program; captures and queues behind it see these alone. */
@NetworkLabTest(requires = {KernelFeature.TUN, KernelFeature.PACKET_SOCKETS})
class TcSteeringKernelTest {
    private static final String HERE4 = "10.50.0.1";
    private static final String THERE4 = "10.50.0.2";
    private static final String HERE6 = "fd50::1";
    private static final String LISTED6 = "fd50::7";
    private static final String OTHER6 = "fd50::8";
    private static final int LISTED_PORT = 4001;
    private static final int OTHER_PORT = 4002;
    private static final Map<String, String> STEERED =
            Map.of("steer", "udp:" + LISTED_PORT + ",net:" + LISTED6, "steer-mark", "0x2/0x2");
    private static final Duration MOMENT = Duration.ofMillis(300);

    private static TunLink tun(LabHost host) {
        return TunLink.open(host, HERE4 + "/24", HERE6 + "/64");
    }

    private static KernelFilter filter(LabHost host, String name) {
        return host.call(() -> KernelFilter.open(name, STEERED));
    }

    private static long packets(KernelFilter filter, KernelOutcome outcome) {
        return filter.counts().get(outcome).packets();
    }

    /** Of each packet that comes until no more do: its source and its destination port. */
    private static List<String> captured(Capture capture) {
        List<String> seen = new ArrayList<>();
        for (List<Packet> batch = capture.receive(MOMENT); !batch.isEmpty(); batch = capture.receive(MOMENT)) {
            for (Packet packet : batch) {
                seen.add(packet.headers().source() + " " + packet.headers().destinationPort());
                capture.finish(packet, Verdict.ACCEPT);
            }
        }
        seen.sort(null);
        return seen;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcx", "clsact"})
    void aCaptureBehindTcSeesWhatIsSteeredAndNothingElse(String attachment, NetworkLab lab) {
        LabHost host = lab.host("here");
        try (TunLink tun = tun(host);
                DatagramSocket other = Datagrams.open(host, HERE4, OTHER_PORT);
                KernelFilter filter = filter(host, "bpf:tun0?tc=" + attachment);
                Capture all = host.call(() -> Capture.open("afpacket:tun0"));
                Capture steered = host.call(() -> Capture.open("afpacket:tun0?mark=0x2/0x2"))) {
            assertEquals(
                    "tun0: tc ingress (packets of tun0 have no Ethernet header, which XDP needs), "
                            + (attachment.equals("tcx") ? "tcx link" : "clsact")
                            + "\nfor Weir is what is listed: counted, and marked 0x2/0x2 for captures and rules behind tc;"
                            + " the rest passes unmarked",
                    filter.explain());
            assertTrue(steered.explain().contains("has the mark 0x2/0x2 behind tc"), steered.explain());
            tun.receivesUdp(THERE4, HERE4, LISTED_PORT);
            tun.receivesUdp(THERE4, HERE4, OTHER_PORT);
            tun.receives(PacketBuilder.rawIp()
                    .ip(THERE4, HERE4)
                    .tcp(40_000, LISTED_PORT)
                    .syn()
                    .build());
            tun.receivesUdp(LISTED6, HERE6, OTHER_PORT);
            tun.receivesUdp(OTHER6, HERE6, OTHER_PORT);
            tun.receivesUdp(OTHER6, HERE6, LISTED_PORT);

            assertEquals(
                    List.of(THERE4 + " " + LISTED_PORT, LISTED6 + " " + OTHER_PORT, OTHER6 + " " + LISTED_PORT),
                    captured(steered));
            assertTrue(captured(all).size() >= 6, "a capture in front of tc sees all of them");
            assertEquals(3, packets(filter, KernelOutcome.STEERED));
            assertEquals(3, packets(filter, KernelOutcome.PASSED));
            assertTrue(Datagrams.receive(other) >= 0, "what is not steered is the stack's");

            filter.block(Blocklist.builder().port(Protocols.UDP, LISTED_PORT).build());
            tun.receivesUdp(THERE4, HERE4, LISTED_PORT);
            tun.receivesUdp(LISTED6, HERE6, LISTED_PORT);
            tun.receivesUdp(LISTED6, HERE6, OTHER_PORT);
            assertEquals(List.of(LISTED6 + " " + OTHER_PORT), captured(steered), "tc dropped the others");
            assertEquals(2, packets(filter, KernelOutcome.BLOCKED_PORT));
            assertEquals(4, packets(filter, KernelOutcome.STEERED));
        }
    }

    @Test
    void aPipelineBehindTcJudgesWhatIsSteeredUntilItsFlowIsDropped(NetworkLab lab) {
        LabHost host = lab.host("here");
        try (TunLink tun = tun(host);
                Pipeline pipeline = host.call(() -> Pipeline.from("afpacket:tun0?mark=0x2/0x2")
                        .advisory()
                        .offload("bpf:tun0", STEERED)
                        .classify((packet, flow) -> packet.headers().destinationPort() == LISTED_PORT
                                ? Verdict.DROP_FLOW
                                : Verdict.CONTINUE)
                        .open())) {
            pipeline.start();
            for (int i = 0; i < 5; i++) {
                tun.receivesUdp(THERE4, HERE4, OTHER_PORT);
            }
            Datagrams.until(
                    "the kernel drops the flow",
                    () -> pipeline.ledger().inKernel().get(KernelOutcome.FLOW_DROPPED) > 0,
                    () -> tun.receivesUdp(THERE4, HERE4, LISTED_PORT));
            tun.receivesUdp(LISTED6, HERE6, OTHER_PORT);
            long steered = pipeline.ledger().inKernel().get(KernelOutcome.STEERED);
            Datagrams.until(
                    "all that was steered is received", () -> pipeline.ledger().received() == steered, () -> {});
            long dropped = pipeline.ledger().inKernel().get(KernelOutcome.FLOW_DROPPED);
            for (int i = 0; i < 10; i++) {
                tun.receivesUdp(THERE4, HERE4, LISTED_PORT);
            }
            assertEquals(dropped + 10, pipeline.ledger().inKernel().get(KernelOutcome.FLOW_DROPPED));
            assertEquals(5, pipeline.ledger().inKernel().get(KernelOutcome.PASSED));
            pipeline.stop();
            assertEquals(steered, pipeline.ledger().received(), "what tc drops no longer comes to this capture");
            assertTrue(pipeline.ledger().isBalanced());
        }
    }

    @Test
    void severalQueuesShareWhatIsSteered(NetworkLab lab) {
        LabHost host = lab.host("here");
        try (TunLink tun = tun(host);
                KernelFilter filter = filter(host, "bpf:tun0");
                Capture steered = host.call(
                        () -> Capture.open("afpacket:tun0?mark=0x2/0x2&queues=2&filter=udp%20dst%20port%204001"))) {
            for (int i = 0; i < 20; i++) {
                tun.receivesUdp("10.50.0." + (10 + i), HERE4, LISTED_PORT);
                tun.receivesUdp("fd50::" + (10 + i), HERE6, LISTED_PORT);
                tun.receivesUdp(LISTED6, HERE6, OTHER_PORT);
            }
            assertEquals(60, packets(filter, KernelOutcome.STEERED));
            assertEquals(40, captured(steered).size(), "of what is steered the filter takes a part");
        }
    }

    /** The tag of a VLAN that has no interface of its own is gone behind tc: the kernel has taken it off. */
    @ParameterizedTest
    @ValueSource(strings = {"normal", "low"})
    void onEthernetACaptureBehindTcSeesWholeFramesWithoutVlanTags(String latency, NetworkLab lab) {
        LabHost here = lab.host("here");
        LabHost there = lab.host("there");
        lab.connect(here, there);
        byte[] plain = udp(PacketBuilder.ethernet(), LISTED_PORT);
        byte[] other = udp(PacketBuilder.ethernet(), OTHER_PORT);
        byte[] tagged = udp(PacketBuilder.ethernet().vlan(7), LISTED_PORT);
        byte[] arp = PacketBuilder.ethernet().arpRequest(THERE4, HERE4).build();
        try (KernelFilter filter = filter(here, "bpf:eth0");
                Capture steered = here.call(() -> Capture.open("afpacket:eth0?mark=0x2/0x2&latency=" + latency));
                Transmitter wire = there.call(() -> Transmitter.open("afpacket:eth0"))) {
            for (byte[] frame : List.of(plain, other, tagged, arp)) {
                assertTrue(wire.offer(ByteBuffer.wrap(frame)));
            }
            while (wire.flush() > 0) {
                Thread.onSpinWait();
            }
            List<String> seen = new ArrayList<>();
            for (List<Packet> batch = steered.receive(MOMENT); !batch.isEmpty(); batch = steered.receive(MOMENT)) {
                for (Packet packet : batch) {
                    seen.add(HexFormat.of().formatHex(packet.bytes().toByteArray()));
                    steered.finish(packet, Verdict.ACCEPT);
                }
            }
            assertEquals(List.of(HexFormat.of().formatHex(plain), HexFormat.of().formatHex(plain)), seen);
            assertEquals(2, packets(filter, KernelOutcome.STEERED));
        }
    }

    private static byte[] udp(PacketBuilder link, int port) {
        return link.ip(THERE4, HERE4).udp(1, port).payloadOf(900).build();
    }

    /** Inline: the queue holds what is steered, and nothing else waits for a verdict. */
    @Test
    void aQueueGetsWhatIsSteeredByTheMark(NetworkLab lab) {
        LabHost here = lab.host("here");
        LabHost there = lab.host("there");
        lab.connect(here, there);
        here.run("iptables", "-A", "INPUT", "-m", "mark", "--mark", "0x2/0x2", "-j", "NFQUEUE", "--queue-num", "0");
        try (DatagramSocket listed = Datagrams.open(here, here.ipv4(), LISTED_PORT);
                DatagramSocket other = Datagrams.open(here, here.ipv4(), OTHER_PORT);
                DatagramSocket from = Datagrams.open(there, there.ipv4(), 0);
                Pipeline pipeline = here.call(() -> Pipeline.from("nfqueue:0")
                        .offload("bpf:eth0", STEERED)
                        .classify((packet, flow) ->
                                packet.bytes().u8(packet.bytes().length() - 1) == 1 ? Verdict.DROP : Verdict.ACCEPT)
                        .open())) {
            assertTrue(pipeline.explain().contains("eth0: tc ingress (steer needs it)"), pipeline.explain());
            pipeline.start();
            Datagrams.send(from, here.ipv4(), LISTED_PORT, 1);
            Datagrams.send(from, here.ipv4(), LISTED_PORT, 2);
            assertEquals(2, Datagrams.receive(listed));
            Datagrams.send(from, here.ipv4(), OTHER_PORT, 1);
            assertEquals(1, Datagrams.receive(other), "nobody judges what is not steered");
            assertEquals(2, pipeline.ledger().received());
            assertEquals(2, pipeline.ledger().inKernel().get(KernelOutcome.STEERED));
        }
    }

    @Test
    void whatIsNotSteeredLosesTheMarkThatItCameWith(NetworkLab lab) {
        LabHost host = lab.host("here");
        host.ip("link", "set", "lo", "up");
        try (KernelFilter sending = filter(host, "bpf:lo?direction=egress");
                DatagramSocket from = Datagrams.open(host, "127.0.0.1", 0);
                Capture marked = host.call(() -> Capture.open("afpacket:lo?mark=0x2/0x2"))) {
            Datagrams.send(from, "127.0.0.1", LISTED_PORT, 1);
            assertEquals(List.of("127.0.0.1 " + LISTED_PORT), captured(marked), "the mark crosses the loopback");
            try (KernelFilter receiving = host.call(
                    () -> KernelFilter.open("bpf:lo?hook=tc&steer=udp:" + OTHER_PORT + "&steer-mark=0x2/0x2"))) {
                Datagrams.send(from, "127.0.0.1", LISTED_PORT, 2);
                Datagrams.send(from, "127.0.0.1", OTHER_PORT, 3);
                assertEquals(List.of("127.0.0.1 " + OTHER_PORT), captured(marked));
                assertEquals(1, packets(receiving, KernelOutcome.STEERED));
            }
            assertEquals(2, packets(sending, KernelOutcome.STEERED));
        }
    }

    @Test
    void withoutAMarkWhatIsForWeirIsCounted(NetworkLab lab) {
        LabHost host = lab.host("here");
        try (TunLink tun = tun(host);
                KernelFilter filter = host.call(() -> KernelFilter.open("bpf:tun0?steer=!udp:" + OTHER_PORT))) {
            assertTrue(
                    filter.explain().endsWith("for Weir is everything but what is listed: counted"), filter.explain());
            tun.receivesUdp(THERE4, HERE4, LISTED_PORT);
            tun.receivesUdp(THERE4, HERE4, OTHER_PORT);
            assertEquals(1, packets(filter, KernelOutcome.STEERED));
            assertEquals(1, packets(filter, KernelOutcome.PASSED));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hook=xdp&steer=udp:53",
                "hook=xdp&steer=udp:53&steer-mark=1",
                "steer-mark=0x2/0x2",
                "steer=udp:53&steer-mark=0x2/0x2&accept-mark=0x3/0x3",
                "steer=udp:53&steer-mark=2/1",
                "steer=udp",
            })
    void whatDoesNotGoTogetherIsRefused(String options, NetworkLab lab) {
        LabHost host = lab.host("here");
        lab.connect(host, lab.host("there"));
        WeirException refusal =
                assertThrows(WeirException.class, () -> host.call(() -> KernelFilter.open("bpf:eth0?" + options))
                        .close());
        assertTrue(refusal.getMessage().contains("steer"), refusal.getMessage());
        assertEquals(1, refusal.getMessage().lines().count());
    }
}
