package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.takeBytes;
import static dev.weir.afpacket.VethLab.udp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.linux.Interfaces;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Interfaces that go and come, and those that are not Ethernet. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(30)
class AfPacketLinkKernelTest {
    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    /** Lets the queues look after their socket until the source says so. */
    private static void awaitState(CaptureSource source, String words) {
        Slot[] slots = new Slot[8];
        await(
                () -> {
                    for (CaptureQueue queue : source.queues()) {
                        int size = queue.receive(slots, 8);
                        for (int i = 0; i < size; i++) {
                            queue.release(slots[i]);
                        }
                        queue.await(TimeUnit.MILLISECONDS.toNanos(10));
                    }
                    return source.explain().get(0).contains(words);
                },
                () -> "it does not say \"" + words + "\" but " + source.explain());
    }

    private static void await(BooleanSupplier condition, java.util.function.Supplier<String> otherwise) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, otherwise);
        }
    }

    @Test
    void aLinkThatGoesDownAndUpIsCapturedFromAgain() {
        CaptureSource source = lab.capture(RIGHT);
        CaptureQueue queue = source.queues().get(0);
        awaitState(source, "is up");
        lab.sh("ip link set " + RIGHT + " down");
        awaitState(source, "is down");
        lab.sh("ip link set " + RIGHT + " up");
        awaitState(source, "is up");
        lab.awaitRunning(LEFT);
        lab.send(LEFT, udp(1, 2, 3));
        assertArrayEquals(udp(1, 2, 3), takeBytes(queue, 1).get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aLinkThatIsDownAtFirstIsCapturedFromWhenItIsUp(int queues) {
        lab.sh("ip link set " + RIGHT + " down");
        CaptureSource source = lab.capture(RIGHT + "?queues=" + queues);
        awaitState(source, "is down");
        lab.sh("ip link set " + RIGHT + " up");
        awaitState(source, "is up");
        lab.awaitRunning(LEFT);
        lab.send(LEFT, manyFlows());
        int total = 0;
        for (CaptureQueue each : source.queues()) {
            total += VethLab.drain(each).size();
        }
        assertEquals(manyFlows().size(), total);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anInterfaceThatIsMadeAnewIsCapturedFromAgain(int queues) {
        CaptureSource source = lab.capture(RIGHT + "?promiscuous=true&queues=" + queues);
        CaptureQueue queue = source.queues().get(0);
        lab.send(LEFT, manyFlows());
        Slot held = VethLab.take(queue, 1).get(0);
        byte[] before = held.bytes().toByteArray();
        awaitState(source, "is up");
        lab.sh("ip link del " + LEFT);
        awaitState(source, "is gone");
        lab.addPair();
        awaitState(source, "is up");
        // the other queues follow when it is their turn
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() - deadline < 0) {
            awaitState(source, "is up");
        }
        assertTrue(lab.sh("ip -d link show " + RIGHT).contains("promiscuity " + queues));
        assertArrayEquals(before, held.bytes().toByteArray());
        queue.release(held);
        assertEquals(queues, lab.sh("tail -n +2 /proc/net/packet").lines().count());
        lab.send(LEFT, manyFlows());
        int total = 0;
        for (CaptureQueue each : source.queues()) {
            total += VethLab.drain(each).size();
        }
        assertEquals(manyFlows().size(), total);
    }

    @Test
    @KernelTest(requires = KernelFeature.TUN)
    void anInterfaceOfAnotherKindIsNotTakenForTheOldOne() {
        CaptureSource source = lab.capture(RIGHT);
        lab.sh("ip link del " + LEFT);
        awaitState(source, "is gone");
        lab.sh("ip tuntap add mode tun name " + RIGHT + "; ip link set " + RIGHT + " up");
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() - deadline < 0) {
            awaitState(source, "is gone");
        }
    }

    @Test
    void aRenamedInterfaceIsStillTheOne() {
        CaptureSource source = lab.capture(RIGHT);
        lab.sh("ip link set " + RIGHT + " down; ip link set " + RIGHT + " name other; ip link set other up");
        awaitState(source, "is up");
        lab.awaitRunning(LEFT);
        lab.send(LEFT, udp(1, 2, 3));
        assertEquals(1, takeBytes(source.queues().get(0), 1).size());
    }

    private static List<byte[]> manyFlows() {
        byte[][] frames = new byte[60][];
        Arrays.setAll(frames, i -> udp(1000 + i, 53, 20));
        return List.of(frames);
    }

    @Test
    void eachPacketOfTheLoopbackComesOnce() {
        CaptureSource source = lab.capture("lo");
        CaptureQueue queue = source.queues().get(0);
        lab.sendDatagram("127.0.0.1", 9, "hello");
        Slot slot = VethLab.take(queue, 1).get(0);
        assertEquals(LinkType.ETHERNET, slot.linkType());
        assertEquals(PacketOrigin.HOST, slot.origin());
        assertEquals(9, slot.headers().destinationPort());
        queue.release(slot);
        // the refusal by ICMP, and no second copy of anything
        assertEquals(1, VethLab.drain(queue).size());
        assertTrue(String.join(" ", source.explain()).contains("left out"), source.explain()::toString);
    }

    @Test
    @KernelTest(requires = KernelFeature.TUN)
    void aTunDeviceGivesRawIp() {
        lab.sh("ip tuntap add mode tun name tun9; ip addr add 10.8.0.1/24 dev tun9; ip link set tun9 up");
        VethLab.Tun tun = lab.openTun("tun9");
        try {
            CaptureSource source = lab.capture("tun9");
            CaptureQueue queue = source.queues().get(0);
            lab.sendDatagram("10.8.0.2", 7777, "through the tunnel");
            Slot slot = VethLab.take(queue, 1).get(0);
            assertEquals(LinkType.RAW, slot.linkType());
            assertEquals(7777, slot.headers().destinationPort());
            assertEquals(0x45, slot.bytes().u8(0));
            assertEquals(PacketOrigin.OUTGOING, slot.origin());
            queue.release(slot);
            byte[] packet = PacketBuilder.rawIp()
                    .ipv4("10.8.0.2", "10.8.0.1")
                    .udp(1, 2)
                    .payload("sent")
                    .build();
            lab.send("tun9", packet);
            assertArrayEquals(packet, takeBytes(queue, 1).get(0));
        } finally {
            tun.close();
        }
    }

    @Test
    void anyCapturesAllInterfacesCooked() {
        CaptureSource source = lab.capture("any");
        CaptureQueue queue = source.queues().get(0);
        byte[] tagged = PacketBuilder.ethernet()
                .vlan(7)
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1, 2)
                .payload("tag")
                .build();
        lab.send(LEFT, udp(5, 6, 7), tagged);
        lab.sendDatagram("127.0.0.1", 9, "hello");
        int left = lab.inside(() -> Interfaces.require(LEFT).index());
        int right = lab.inside(() -> Interfaces.require(RIGHT).index());
        List<Slot> slots = VethLab.take(queue, 6);
        slots.forEach(slot -> assertEquals(LinkType.LINUX_SLL2, slot.linkType()));
        assertEquals(
                List.of(left, right, left, right, 1, 1),
                slots.stream().map(Slot::interfaceIndex).toList());
        assertEquals(
                List.of(
                        PacketOrigin.OUTGOING,
                        PacketOrigin.OTHER_HOST,
                        PacketOrigin.OUTGOING,
                        PacketOrigin.OTHER_HOST,
                        PacketOrigin.HOST,
                        PacketOrigin.HOST),
                slots.stream().map(Slot::origin).toList());
        Slot plain = slots.get(1);
        assertEquals(6, plain.headers().destinationPort());
        assertEquals(udp(5, 6, 7).length - 14 + 20, plain.wireLength());
        for (int i = 2; i < 4; i++) {
            assertEquals(1, slots.get(i).headers().vlanCount());
            assertEquals(2, slots.get(i).headers().destinationPort());
            assertEquals(tagged.length - 14 + 20, slots.get(i).wireLength());
        }
        slots.forEach(queue::release);
        assertEquals(0, VethLab.drain(queue).size());
    }

    @Test
    void aLargeSegmentOfTheHostComesWholeWithItsChecksumUnfinished() throws Exception {
        CaptureSource source = lab.capture("lo");
        CaptureQueue queue = source.queues().get(0);
        lab.sendOverTcp(60_000);
        boolean unfinished = false;
        int largest = 0;
        Slot[] slots = new Slot[64];
        queue.stopIntake();
        for (int size; (size = queue.receive(slots, 64)) != CaptureQueue.END; ) {
            for (int i = 0; i < size; i++) {
                unfinished |= !slots[i].checksumsComplete();
                largest = Math.max(largest, slots[i].capturedLength());
                assertEquals(slots[i].wireLength(), slots[i].capturedLength());
                queue.release(slots[i]);
            }
            queue.await(1_000_000);
        }
        assertTrue(largest > 20_000, "the largest packet has only " + largest + " bytes");
        assertTrue(unfinished);
    }

    @Test
    void transmittingSurvivesTheInterfaceGoingAndComing() {
        try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
            assertTrue(out.offer(ByteBuffer.wrap(udp(1, 2, 3))));
            assertEquals(0, out.flush());
            assertEquals(1, out.sent());
            lab.sh("ip link set " + LEFT + " down");
            out.offer(ByteBuffer.wrap(udp(1, 2, 3)));
            assertEquals(0, out.flush());
            assertEquals(1, out.failed());
            lab.sh("ip link del " + LEFT);
            out.offer(ByteBuffer.wrap(udp(1, 2, 3)));
            out.flush();
            assertEquals(2, out.failed());
            lab.addPair();
            await(
                    () -> {
                        out.offer(ByteBuffer.wrap(udp(1, 2, 3)));
                        out.flush();
                        return out.sent() == 2;
                    },
                    () -> "nothing goes out again");
        }
    }
}
