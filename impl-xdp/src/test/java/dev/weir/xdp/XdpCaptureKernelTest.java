package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.Blocklist;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.Loss;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract does not ask: modes, large packets, steering, refusals, and where the frames are. */
@NetworkLabTest
class XdpCaptureKernelTest {
    private static XdpQueue first(XdpSource source) {
        return (XdpQueue) source.queues().get(0);
    }

    private static String explained(XdpSource source) {
        return String.join("\n", source.explain());
    }

    // Modes

    @Test
    void theBestThatWorksIsTakenAndExplained(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            String explained = explained(source);
            assertTrue(explained.contains("XDP program on eth0: native, the best there is"), explained);
            assertTrue(explained.contains("the kernel copies each packet"), explained);
            assertTrue(explained.contains("refused: zero-copy: bind(eth0, queue 0) failed: EOPNOTSUPP"), explained);
            assertTrue(explained.contains("receive queue 0 of 1"), explained);
        }
        try (XdpSource source = XdpLab.capture(lab.here(), "lo")) {
            String explained = explained(source);
            assertTrue(
                    explained.contains("XDP program on lo: generic, because the driver refused native XDP"), explained);
        }
    }

    @Test
    void whatIsAskedForAndCannotBeHadIsRefused(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        WeirException noZeroCopy =
                assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0?mode=zero-copy")
                        .close());
        assertTrue(noZeroCopy.getMessage().contains("EOPNOTSUPP"), noZeroCopy.getMessage());
        assertTrue(noZeroCopy.getMessage().contains("mode=native"), noZeroCopy.getMessage());
        WeirException noNative = assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "lo?mode=native")
                .close());
        assertTrue(noNative.getMessage().contains("mode=generic"), noNative.getMessage());
        assertFalse(lab.here().ip("-d", "link", "show", "eth0").contains("prog/xdp"), "nothing is left behind");
    }

    @Test
    void aSecondOneOnTheSameQueueIsTold(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            WeirException second = assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0")
                    .close());
            assertTrue(second.getMessage().contains("eth0 has an XDP program already"), second.getMessage());
            WeirException transmitter = assertThrows(WeirException.class, () -> XdpLab.transmitter(lab.here(), "eth0")
                    .close());
            assertTrue(
                    transmitter.getMessage().contains("queue 0 of eth0 has an AF_XDP socket already"),
                    transmitter.getMessage());
            assertEquals(1, source.queues().size());
        }
        XdpLab.capture(lab.here(), "eth0").close(); // and it can be had again
    }

    @Test
    void queuesThatAreNotThereAreRefused(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        WeirException refusal = assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0?queues=0-3")
                .close());
        assertTrue(refusal.getMessage().contains("eth0 has no receive queue 3, only 0"), refusal.getMessage());
        WeirException second = assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0,nosuch0?bridge")
                .close());
        assertTrue(second.getMessage().contains("nosuch0"), second.getMessage());
    }

    // Options of the memory

    @ParameterizedTest
    @ValueSource(strings = {"shared-umem", "shared-umem&frame-size=4K", "queues=1", "busy-poll=20us", "ring=64"})
    void queuesReceiveWithEachOption(String option, NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        lab.layCableWithQueues(2);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0?" + option);
                XdpTransmitter out = XdpLab.transmitter(lab.there(), "eth0?queue=1")) {
            XdpLab.send(out, NumberedFrames.frames(0, 60));
            XdpQueue last = (XdpQueue) source.queues().get(source.queues().size() - 1);
            assertEquals(60, XdpLab.numbers(last, 60).size());
            XdpBridgeKernelTest.assertAllAccountedFor(last);
        }
    }

    private static final Path SET_ASIDE = Path.of("/proc/sys/vm/nr_hugepages");
    private static final int HUGE_PAGES = 16;

    private static long hugePages(String kind) throws IOException {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith(kind + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    @Test
    void framesLieInHugePages(NetworkLab network) throws IOException {
        XdpLab lab = new XdpLab(network);
        long before = Long.parseLong(Files.readString(SET_ASIDE).strip());
        try {
            Files.writeString(SET_ASIDE, Long.toString(before + HUGE_PAGES));
            long free = hugePages("HugePages_Free");
            assumeTrue(
                    free >= HUGE_PAGES && hugePages("Hugepagesize") == 2_048,
                    "kernel lacks memory for " + HUGE_PAGES + " huge pages of 2 MiB");
            try (XdpSource source = XdpLab.capture(lab.here(), "eth0?huge-pages&frames=8192");
                    XdpTransmitter out = XdpLab.transmitter(lab.there(), "eth0?huge-pages")) {
                assertTrue(explained(source).contains("16 MiB of huge pages"), explained(source));
                XdpLab.send(out, NumberedFrames.frames(0, 500));
                assertEquals(500, XdpLab.numbers(first(source), 500).size());
                assertTrue(hugePages("HugePages_Free") <= free - 8, "the frames of the capture alone take 8");
                XdpBridgeKernelTest.assertAllAccountedFor(first(source));
            }
            // The kernel lets go of a closed socket's memory a moment later, in a thread of its own.
            long end = System.nanoTime() + 5_000_000_000L;
            while (hugePages("HugePages_Free") != free) {
                assertTrue(System.nanoTime() - end < 0, "they are given back");
                Thread.onSpinWait();
            }
        } finally {
            Files.writeString(SET_ASIDE, Long.toString(before));
        }
    }

    @Test
    void hugePagesThatAreNotSetAsideAreAskedFor(NetworkLab network) throws IOException {
        XdpLab lab = new XdpLab(network);
        assumeTrue(hugePages("HugePages_Free") < 512, "kernel lacks nothing: 1 GiB of huge pages is free");
        WeirException refusal =
                assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0?huge-pages&frames=524288")
                        .close());
        assertTrue(refusal.getMessage().contains("512 huge pages of 2 MiB are not free"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("vm.nr_hugepages"), refusal.getMessage());
    }

    // Large packets

    private static byte[] large(int length) {
        return PacketBuilder.ethernet()
                .ipv4("198.18.0.1", "198.18.0.2")
                .udp(4000, 5000)
                .payloadOf(length - 42)
                .build();
    }

    private static void raiseMtu(XdpLab lab) {
        lab.here().ip("link", "set", "eth0", "mtu", "9000");
        lab.there().ip("link", "set", "eth0", "mtu", "9000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"eth0", "eth0?mode=generic", "eth0?frame-size=4K"})
    void jumboFramesComeInOnePieceToTheReader(String what, NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        raiseMtu(lab);
        try (XdpSource source = XdpLab.capture(lab.here(), what);
                XdpTransmitter out = XdpLab.transmitter(lab.there(), "eth0")) {
            XdpQueue queue = first(source);
            List<byte[]> sent = List.of(large(60), large(1792), large(1793), large(4000), large(9014), large(64));
            XdpLab.send(out, sent);
            List<byte[]> came = new ArrayList<>();
            XdpLab.receive(queue, sent.size(), slot -> came.add(slot.bytes().toByteArray()));
            assertEquals(sent.size(), came.size(), explained(source));
            for (int i = 0; i < sent.size(); i++) {
                assertArrayEquals(sent.get(i), came.get(i), "packet " + i);
            }
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
            assertTrue(explained(source).contains("multi-buffer: packets of more than"), explained(source));
        }
    }

    @Test
    void withoutMultiBufferLargePacketsAreCounted(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        raiseMtu(lab);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0?mode=generic&multi-buffer=false");
                XdpTransmitter out = XdpLab.transmitter(lab.there(), "eth0")) {
            XdpQueue queue = first(source);
            XdpLab.send(out, List.of(large(1000), large(3000), large(3000), large(1000)));
            assertEquals(2, XdpLab.receive(queue, 2, slot -> {}));
            queue.refreshLosses();
            assertEquals(2, queue.lost(Loss.TOO_LARGE));
        }
    }

    @Test
    void jumboFramesCrossABridge(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        lab.left().ip("link", "set", "eth0", "mtu", "9000");
        lab.middle().ip("link", "set", "eth0", "mtu", "9000");
        lab.middle().ip("link", "set", "eth1", "mtu", "9000");
        lab.right().ip("link", "set", "eth0", "mtu", "9000");
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge");
                XdpSource atRight = BridgeLab.arrivals(lab.right());
                XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
            XdpQueue queue = first(source);
            XdpLab.send(out, List.of(large(9014), large(5000)));
            Slot[] slots = new Slot[1];
            for (int packet = 0; packet < 2; packet++) {
                while (queue.receive(slots, 1) == 0) {
                    queue.await(20_000_000);
                }
                if (packet == 1) {
                    slots[0].replace(8000).put(7999, (byte) 0x5a);
                }
                assertTrue(queue.verdict(slots[0], packet == 0 ? Verdict.ACCEPT : Verdict.REPLACE));
                queue.release(slots[0]);
            }
            queue.flush();
            List<byte[]> came = new ArrayList<>();
            XdpLab.receive(
                    atRight.queues().get(0), 2, slot -> came.add(slot.bytes().toByteArray()));
            assertArrayEquals(large(9014), came.get(0));
            assertEquals(8000, came.get(1).length);
            assertEquals(0x5a, came.get(1)[7999]);
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
        }
    }

    // Steering

    @Test
    void onlyWhatIsSteeredIsTaken(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        int wanted = 20_007; // the source port of the frames 7 and 1007
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0?steer=udp:" + wanted);
                XdpTransmitter out = lab.transmitter()) {
            XdpLab.send(out, NumberedFrames.frames(0, 100));
            XdpLab.send(out, NumberedFrames.frames(1_000, 50));
            assertEquals(Set.of(7, 1_007), XdpLab.numbers(first(source), 2));
            String explained = explained(source);
            assertTrue(explained.contains("to Weir goes what is listed: 2 packets did, 148 went"), explained);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "native, 'udp:53', 2",
        "generic, 'udp:53', 2",
        "native, 'net:2001:db8::7', 2",
        "generic, 'net:2001:db8::7', 2",
        "native, 'net:2001:db8::/32,!net:2001:db8::7', 5",
        "generic, 'net:2001:db8::/32,!net:2001:db8::7', 5",
        "native, 'proto:icmpv6', 1",
        "generic, 'proto:icmpv6', 1",
        "native, 'vlan:5', 2",
        "generic, 'vlan:5', 2",
        "native, 'net:10.9.0.0/16', 2",
        "generic, 'net:10.9.0.0/16', 2",
        "native, '!vlan:5,!vlan:6,!net:2001:db8::/32', 0",
        "generic, '!vlan:5,!vlan:6,!net:2001:db8::/32', 0",
    })
    void ipv6AndTagsAreSteeredInEachMode(String mode, String steer, int taken, NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        String here = "2001:db8::1";
        List<byte[]> frames = List.of(
                PacketBuilder.ethernet().ipv6("2001:db8::7", here).udp(9, 53).build(),
                PacketBuilder.ethernet().ipv6(here, "2001:db8::7").tcp(9, 53).build(),
                PacketBuilder.ethernet()
                        .ipv6("2001:db8::8", here)
                        .echoRequest(1, 1)
                        .build(),
                PacketBuilder.ethernet()
                        .ipv6("2001:db8::8", here)
                        .hopByHop()
                        .udp(53, 9)
                        .build(),
                PacketBuilder.ethernet()
                        .vlan(5)
                        .ipv6("2001:db8::8", here)
                        .tcp(1, 2)
                        .build(),
                PacketBuilder.ethernet()
                        .qinq(5, 6)
                        .ipv6("2001:db8::8", here)
                        .tcp(1, 2)
                        .build(),
                PacketBuilder.ethernet()
                        .qinq(6, 5)
                        .ipv6("2001:db8::8", here)
                        .tcp(1, 2)
                        .build(),
                PacketBuilder.ethernet()
                        .vlan(6)
                        .ipv4("10.9.1.1", "10.0.0.1")
                        .tcp(1, 2)
                        .build(),
                PacketBuilder.ethernet()
                        .qinq(6, 5)
                        .ipv4("10.0.0.1", "10.9.1.1")
                        .tcp(1, 2)
                        .build());
        try (XdpSource source =
                        XdpLab.capture(lab.here(), "eth0?mode=" + mode + "&steer=" + steer.replace(":", "%3a"));
                XdpTransmitter out = lab.transmitter()) {
            XdpLab.send(out, frames);
            List<byte[]> came = new ArrayList<>();
            XdpLab.receive(first(source), taken, slot -> came.add(slot.bytes().toByteArray()));
            assertEquals(taken, came.size(), explained(source));
            for (byte[] packet : came) {
                assertTrue(frames.stream().anyMatch(frame -> Arrays.equals(frame, packet)), "as it was sent");
            }
            String counted = taken + " packets did, " + (frames.size() - taken) + " went";
            assertTrue(explained(source).contains(counted), explained(source));
        }
    }

    // Beside a filter on the same interface

    @Test
    void aFilterOnTheSameInterfaceIsRefusedAtXdpAndComesBehindAtTc(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        WeirException refusal = assertThrows(WeirException.class, () -> lab.here()
                .call(() ->
                        Pipeline.from("xdp:eth0").advisory().offload("bpf:eth0").open())
                .close());
        assertTrue(refusal.getMessage().contains("eth0 has an XDP program already"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("hook=tc"), refusal.getMessage());
        assertFalse(lab.here().ip("-d", "link", "show", "eth0").contains("prog/xdp"), "nothing is left behind");
        try (KernelFilter first = lab.here().call(() -> KernelFilter.open("bpf:eth0"))) {
            WeirException second = assertThrows(WeirException.class, () -> XdpLab.capture(lab.here(), "eth0")
                    .close());
            assertTrue(second.getMessage().contains("eth0 has an XDP program already"), second.getMessage());
            assertEquals("eth0: xdp, native", first.explain());
        }
        try (Pipeline pipeline = lab.here().call(() -> Pipeline.from("xdp:eth0?steer=udp:4001")
                        .advisory()
                        .offload("bpf:eth0?hook=tc")
                        .classify((packet, flow) -> Verdict.CONTINUE)
                        .open());
                XdpTransmitter out = lab.transmitter()) {
            pipeline.start();
            pipeline.kernelFilter()
                    .orElseThrow()
                    .block(Blocklist.builder()
                            .port(Protocols.UDP, 4001)
                            .port(Protocols.UDP, 4002)
                            .build());
            List<byte[]> frames = new ArrayList<>();
            for (int port = 4001; port <= 4003; port++) {
                frames.add(PacketBuilder.ethernet()
                        .ipv4("198.18.0.1", "198.18.0.2")
                        .udp(9, port)
                        .payloadOf(20)
                        .build());
            }
            XdpLab.send(out, frames);
            long end = System.nanoTime() + 5_000_000_000L;
            while (pipeline.ledger().received() == 0
                    || pipeline.ledger().inKernel().get(KernelOutcome.PASSED) == 0) {
                assertTrue(System.nanoTime() - end < 0, () -> pipeline.ledger().toString());
                Thread.onSpinWait();
            }
            // What XDP takes never comes to tc, whatever its list says of it; the rest does.
            assertEquals(1, pipeline.ledger().received());
            assertEquals(1, pipeline.ledger().inKernel().get(KernelOutcome.BLOCKED_PORT));
            assertEquals(1, pipeline.ledger().inKernel().get(KernelOutcome.PASSED));
        }
    }

    // Holding

    @Test
    void heldUpToTheBoundReceptionGoesOn(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0?ring=256&frames=1024");
                XdpTransmitter out = lab.transmitter()) {
            XdpQueue queue = first(source);
            int bound = source.traits().maxPackets();
            assertEquals(1024 - 256, bound);
            List<Slot> held = new ArrayList<>();
            Slot[] slots = new Slot[64];
            Set<Integer> seen = new TreeSet<>();
            int next = 0;
            while (held.size() < bound - 1) {
                XdpLab.send(out, NumberedFrames.frames(next, 1));
                next++;
                takeOne(queue, slots, seen);
                held.add(slots[0]);
            }
            // One frame is left to lend: a thousand packets pass through it, and none is lost.
            for (int i = 0; i < 1_000; i++) {
                XdpLab.send(out, NumberedFrames.frames(next++, 1));
                takeOne(queue, slots, seen);
                queue.release(slots[0]);
                queue.flush();
            }
            assertEquals(next, seen.size());
            queue.refreshLosses();
            assertEquals(0, queue.lost(Loss.FILL_RING_EMPTY));
            assertEquals(bound - 1, queue.frames().lent());
            assertTrue(queue.frames().isConsistent());
            held.forEach(queue::release);
            queue.flush();
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
        }
    }

    private static void takeOne(CaptureQueue queue, Slot[] slots, Set<Integer> seen) {
        long end = System.nanoTime() + 5_000_000_000L;
        while (queue.receive(slots, 1) == 0) {
            assertTrue(System.nanoTime() - end < 0, () -> "a packet comes; " + queue);
            queue.flush();
            queue.await(20_000_000);
            queue.refreshLosses();
        }
        seen.add(NumberedFrames.number(slots[0]));
    }
}
