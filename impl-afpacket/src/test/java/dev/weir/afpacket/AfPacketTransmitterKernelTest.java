package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.take;
import static dev.weir.afpacket.VethLab.takeBytes;
import static dev.weir.afpacket.VethLab.udp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is offered goes out on the wire, or is told. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(30)
class AfPacketTransmitterKernelTest {
    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?qdisc-bypass=true"})
    void framesArriveByteForByteAtTheOtherEnd(String options) {
        CaptureQueue queue = lab.capture(RIGHT).queues().get(0);
        try (AfPacketTransmitter out = lab.transmitter(LEFT + options)) {
            List<byte[]> frames = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                frames.add(udp(i, 1, i * 14));
            }
            for (byte[] frame : frames) {
                assertTrue(out.offer(ByteBuffer.wrap(frame)));
            }
            assertEquals(0, out.sent());
            assertEquals(0, out.flush());
            assertEquals(100, out.sent());
            assertEquals(0, out.failed());
            List<byte[]> got = takeBytes(queue, 100);
            for (int i = 0; i < 100; i++) {
                assertArrayEquals(frames.get(i), got.get(i));
            }
        }
    }

    @Test
    void theWindowOfABufferIsSentAndStaysAsItIs() {
        CaptureQueue queue = lab.capture(RIGHT).queues().get(0);
        ByteBuffer buffer = ByteBuffer.allocate(200);
        buffer.position(20).put(udp(1, 2, 30)).flip().position(20);
        int limit = buffer.limit();
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            out.offer(buffer);
            assertEquals(20, buffer.position());
            assertEquals(limit, buffer.limit());
        }
        assertArrayEquals(udp(1, 2, 30), takeBytes(queue, 1).get(0), "closing sends what is there");
    }

    @Test
    void aReceivedPacketIsRelayed() {
        CaptureQueue right =
                lab.capture(RIGHT + "?ignore-outgoing=true").queues().get(0);
        CaptureQueue left = lab.capture(LEFT + "?ignore-outgoing=true").queues().get(0);
        lab.send(LEFT, udp(1, 2, 30));
        Slot in = take(right, 1).get(0);
        try (AfPacketTransmitter out = lab.transmitter(RIGHT)) {
            assertTrue(out.offer(in));
            right.release(in);
            out.flush();
            assertArrayEquals(udp(1, 2, 30), takeBytes(left, 1).get(0));
        }
    }

    @Test
    void aFullRingIsToldAndNothingIsLost() {
        CaptureQueue queue = lab.capture(RIGHT).queues().get(0);
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            int offered = 0;
            while (out.offer(ByteBuffer.wrap(udp(offered, 1, 10)))) {
                offered++;
            }
            assertTrue(offered >= 32 && offered < 10_000, offered + " frames fit");
            assertFalse(out.offer(ByteBuffer.wrap(udp(1, 1, 10))));
            while (out.flush() > 0) {
                Thread.onSpinWait();
            }
            assertEquals(offered, out.sent());
            assertTrue(out.offer(ByteBuffer.wrap(udp(offered, 1, 10))));
            out.flush();
            List<byte[]> got = takeBytes(queue, offered + 1);
            for (int i = 0; i <= offered; i++) {
                assertArrayEquals(udp(i, 1, 10), got.get(i));
            }
        }
    }

    @Test
    void aDeviceThatIsFullPushesBackAndNothingIsLost() {
        // a few frames go at once, the others wait their turn in our ring
        lab.sh("tc qdisc add dev " + LEFT + " root tbf rate 8mbit burst 3000 limit 6000");
        CaptureQueue queue = lab.capture(RIGHT).queues().get(0);
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            int total = 60;
            boolean waited = false;
            for (int i = 0; i < total; i++) {
                assertTrue(out.offer(ByteBuffer.wrap(udp(i, 1, 1000))));
            }
            long deadline = System.nanoTime() + 5_000_000_000L;
            while (out.flush() > 0) {
                waited = true;
                assertTrue(System.nanoTime() - deadline < 0, "it goes on");
                Thread.yield();
            }
            assertTrue(waited, "the device was never full");
            assertEquals(total, out.sent());
            assertEquals(0, out.failed());
            List<byte[]> got = takeBytes(queue, total);
            for (int i = 0; i < total; i++) {
                assertArrayEquals(udp(i, 1, 1000), got.get(i));
            }
        }
    }

    @Test
    void framesThatTheKernelRefusesAreCountedAndOthersGo() {
        CaptureQueue queue = lab.capture(RIGHT).queues().get(0);
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            assertTrue(out.offer(ByteBuffer.wrap(udp(1, 1, 10))));
            assertTrue(out.offer(ByteBuffer.wrap(new byte[5])), "shorter than an Ethernet header");
            assertTrue(out.offer(ByteBuffer.wrap(udp(2, 1, 1473))), "a byte longer than the MTU, without a tag");
            assertTrue(out.offer(ByteBuffer.wrap(udp(3, 1, 1472))), "as long as the MTU");
            assertEquals(0, out.flush());
            assertEquals(2, out.sent());
            assertEquals(2, out.failed());
            List<byte[]> got = takeBytes(queue, 2);
            assertArrayEquals(udp(1, 1, 10), got.get(0));
            assertArrayEquals(udp(3, 1, 1472), got.get(1));
        }
    }

    @Test
    void framesOfImpossibleLengthAreRefusedAtOnce() {
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            assertEquals(1518, out.maxFrameLength());
            assertThrows(WeirException.class, () -> out.offer(ByteBuffer.allocate(0)));
            assertThrows(WeirException.class, () -> out.offer(ByteBuffer.allocate(1519)));
        }
    }

    @Test
    void aPacketOfAnotherLinkTypeIsRefused() {
        CaptureQueue any = lab.capture("any").queues().get(0);
        lab.send(LEFT, udp(1, 2, 30));
        Slot cooked = take(any, 1).get(0);
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            WeirException refused = assertThrows(WeirException.class, () -> out.offer(cooked));
            assertTrue(refused.getMessage().contains("Linux cooked v2"), refused.getMessage());
        }
        any.release(cooked);
    }

    @Test
    void closingTwiceIsHarmlessAndUsingItThenIsRefused() {
        AfPacketTransmitter out = lab.transmitter(LEFT);
        out.close();
        out.close();
        assertThrows(WeirException.class, () -> out.offer(ByteBuffer.wrap(udp(1, 1, 1))));
        assertThrows(WeirException.class, out::flush);
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
    }

    @Test
    void whatDoesNotApplyIsRefused() {
        assertThrows(WeirException.class, () -> lab.transmitter("nosuch0"));
        assertThrows(WeirException.class, () -> lab.transmitter("any"));
        assertThrows(WeirException.class, () -> lab.transmitter(LEFT + "?snaplen=100"));
        assertThrows(WeirException.class, () -> lab.capture(LEFT, Map.of("qdisc-bypass", "true")));
    }
}
