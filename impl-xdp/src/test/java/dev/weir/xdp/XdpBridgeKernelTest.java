package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bridge of two interfaces: each verdict, both directions, and where the frames are. */
@NetworkLabTest
class XdpBridgeKernelTest {
    private static byte[] echo(int number) {
        return PacketBuilder.ethernet()
                .ipv4("198.18.0.2", "198.18.0.1")
                .udp(NumberedFrames.PORT, 20_000 + number)
                .payloadOf(20)
                .build();
    }

    /** Receives so many, decides, flushes. */
    private static void bridge(XdpQueue queue, int count, java.util.function.Function<Slot, Verdict> judge) {
        Slot[] slots = new Slot[64];
        long end = System.nanoTime() + 5_000_000_000L;
        int done = 0;
        while (done < count && System.nanoTime() - end < 0) {
            int size = queue.receive(slots, 64);
            for (int i = 0; i < size; i++) {
                assertTrue(queue.verdict(slots[i], judge.apply(slots[i])));
                queue.release(slots[i]);
            }
            done += size;
            queue.flush();
            if (size == 0) {
                queue.await(20_000_000);
            }
        }
        assertEquals(count, done);
    }

    private static XdpQueue first(XdpSource source) {
        return (XdpQueue) source.queues().get(0);
    }

    /** Every frame is where it was at the start once nothing is under way. */
    static void assertAllAccountedFor(XdpQueue queue) {
        long end = System.nanoTime() + 2_000_000_000L;
        while (queue.frames().sending() > 0 && System.nanoTime() - end < 0) {
            queue.flush();
        }
        Frames frames = queue.frames();
        assertTrue(frames.isConsistent(), frames::toString);
        assertEquals(0, frames.lent(), frames::toString);
        assertEquals(0, frames.sending(), frames::toString);
        assertEquals(frames.count(), frames.free() + frames.receiving(), frames::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "generic"})
    void acceptedPacketsGoOutByTheOtherSideBothWays(String mode, NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge&mode=" + mode);
                XdpSource atLeft = BridgeLab.arrivals(lab.left());
                XdpSource atRight = BridgeLab.arrivals(lab.right());
                XdpTransmitter fromRight = XdpLab.transmitter(lab.right(), "eth0?queue=0")) {
            assertTrue(source != null && atLeft != null && atRight != null && fromRight != null);
        } catch (WeirException e) {
            // a capture has its queue for itself: see below
            assertTrue(e.getMessage().contains("queue 0 of eth0"), e.getMessage());
        }
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge&mode=" + mode)) {
            XdpQueue queue = first(source);
            try (XdpSource atRight = BridgeLab.arrivals(lab.right());
                    XdpTransmitter fromLeft = XdpLab.transmitter(lab.left(), "eth0")) {
                XdpLab.send(fromLeft, NumberedFrames.frames(0, 200));
                bridge(queue, 200, slot -> Verdict.ACCEPT);
                List<byte[]> arrived = new ArrayList<>();
                XdpLab.receive(
                        atRight.queues().get(0),
                        200,
                        slot -> arrived.add(slot.bytes().toByteArray()));
                assertEquals(200, arrived.size());
                for (int i = 0; i < arrived.size(); i++) {
                    assertArrayEquals(NumberedFrames.frame(i), arrived.get(i), "frame " + i);
                }
            }
            try (XdpSource atLeft = BridgeLab.arrivals(lab.left());
                    XdpTransmitter fromRight = XdpLab.transmitter(lab.right(), "eth0")) {
                List<byte[]> back = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    back.add(echo(i));
                }
                XdpLab.send(fromRight, back);
                bridge(queue, 100, slot -> Verdict.ACCEPT);
                int arrived = XdpLab.receive(
                        atLeft.queues().get(0),
                        100,
                        slot -> assertEquals(NumberedFrames.PORT, slot.headers().sourcePort()));
                assertEquals(100, arrived);
            }
            assertAllAccountedFor(queue);
        }
    }

    @Test
    void aChangedPacketGoesOutChangedLongerAndShorter(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge");
                XdpSource atRight = BridgeLab.arrivals(lab.right());
                XdpTransmitter fromLeft = XdpLab.transmitter(lab.left(), "eth0")) {
            XdpQueue queue = first(source);
            XdpLab.send(fromLeft, NumberedFrames.frames(0, 3));
            int[] lengths = {60, 1000, 1514};
            bridge(queue, 3, slot -> {
                int length = lengths[NumberedFrames.number(slot)];
                ByteBuffer changed = slot.replace(length);
                changed.put(length - 1, (byte) 0x5a);
                return Verdict.REPLACE;
            });
            List<byte[]> arrived = new ArrayList<>();
            XdpLab.receive(
                    atRight.queues().get(0), 3, slot -> arrived.add(slot.bytes().toByteArray()));
            for (int i = 0; i < 3; i++) {
                assertEquals(lengths[i], arrived.get(i).length);
                assertEquals(0x5a, arrived.get(i)[lengths[i] - 1]);
            }
            assertAllAccountedFor(queue);
        }
    }

    @Test
    void whatCannotGoOutIsSaidAndDropped(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge");
                XdpTransmitter fromLeft = XdpLab.transmitter(lab.left(), "eth0")) {
            XdpQueue queue = first(source);
            XdpLab.send(fromLeft, NumberedFrames.frames(0, 1));
            Slot[] slots = new Slot[1];
            while (queue.receive(slots, 1) == 0) {
                queue.await(20_000_000);
            }
            slots[0].replace(1519); // the MTU is 1500, with one VLAN tag 1518
            assertFalse(queue.verdict(slots[0], Verdict.REPLACE));
            queue.release(slots[0]);
            queue.flush();
            assertAllAccountedFor(queue);
        }
    }

    @Test
    void aBridgeOfOneInterfaceIsRefused(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        for (String wrong : new String[] {"eth0?bridge", "eth0,eth0?bridge", "eth0,eth1", "eth0,eth1,lo?bridge"}) {
            WeirException refusal = assertThrows(
                    WeirException.class,
                    () -> XdpLab.capture(lab.middle(), wrong).close(),
                    wrong);
            assertTrue(refusal.getMessage().contains("xdp:eth0,eth1?bridge"), refusal.getMessage());
        }
    }
}
