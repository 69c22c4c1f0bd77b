package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    @Test
    void hugePagesThatAreNotSetAsideAreAskedFor(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0?huge-pages")) {
            assertTrue(explained(source).contains("huge pages"), explained(source));
        } catch (WeirException e) {
            assertTrue(e.getMessage().contains("vm.nr_hugepages"), e.getMessage());
        }
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
