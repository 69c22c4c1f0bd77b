package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.drain;
import static dev.weir.afpacket.VethLab.take;
import static dev.weir.afpacket.VethLab.takeBytes;
import static dev.weir.afpacket.VethLab.udp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.PacketOrigin;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One queue on a veth: what arrives, how it is described, and what is left behind. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(30)
class AfPacketKernelTest {
    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private static CaptureQueue only(CaptureSource source) {
        assertEquals(1, source.queues().size());
        return source.queues().get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency=normal", "latency=low"})
    void framesArriveByteForByteInOrder(String latency) {
        CaptureQueue queue = only(lab.capture(RIGHT + "?" + latency));
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sent.add(udp(1000 + i, 53, i * 7));
        }
        lab.send(LEFT, sent);
        List<byte[]> got = takeBytes(queue, sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertArrayEquals(sent.get(i), got.get(i));
        }
        assertEquals(0, drain(queue).size());
        queue.refreshLosses();
        assertEquals(0, queue.lost(Loss.RING_FULL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency=normal", "latency=low"})
    void aPacketIsDescribed(String latency) {
        CaptureSource source = lab.capture(RIGHT + "?" + latency);
        int index = lab.inside(() -> dev.weir.linux.Interfaces.require(RIGHT).index());
        lab.send(LEFT, udp(5, 6, 10));
        Slot in = take(only(source), 1).get(0);
        assertEquals(LinkType.ETHERNET, in.linkType());
        assertEquals(index, in.interfaceIndex());
        assertEquals(PacketOrigin.OTHER_HOST, in.origin(), "its destination is not the address of the interface");
        assertEquals(0, in.queue());
        assertTrue(in.checksumsComplete());
        Duration age = Duration.between(Instant.ofEpochSecond(0, in.timestampNs()), Instant.now());
        assertTrue(!age.isNegative() && age.toSeconds() < 5, "time stamp is " + age + " old");
        only(source).release(in);
        lab.send(RIGHT, udp(7, 8, 10));
        Slot out = take(only(source), 1).get(0);
        assertEquals(PacketOrigin.OUTGOING, out.origin());
        only(source).release(out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency=normal", "latency=low"})
    void tagsThatTheKernelTookOutAreRestored(String latency) {
        CaptureQueue queue = only(lab.capture(RIGHT + "?" + latency));
        PacketBuilder plain = PacketBuilder.ethernet();
        byte[] tagged = PacketBuilder.ethernet()
                .vlan(100)
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1, 2)
                .payload("one tag")
                .build();
        byte[] twice = PacketBuilder.ethernet()
                .qinq(200, 300)
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1, 2)
                .payload("two tags")
                .build();
        byte[] none =
                plain.ipv4("10.9.0.1", "10.9.0.2").udp(1, 2).payload("no tag").build();
        lab.send(LEFT, tagged, twice, none);
        List<Slot> slots = take(queue, 3);
        assertArrayEquals(tagged, slots.get(0).bytes().toByteArray());
        assertEquals(tagged.length, slots.get(0).wireLength());
        assertEquals(1, slots.get(0).headers().vlanCount());
        assertArrayEquals(twice, slots.get(1).bytes().toByteArray());
        assertEquals(2, slots.get(1).headers().vlanCount());
        assertArrayEquals(none, slots.get(2).bytes().toByteArray());
        slots.forEach(queue::release);
    }

    @Test
    void theSnapLengthCutsAndTheWireLengthStays() {
        CaptureQueue queue = only(lab.capture(RIGHT + "?snaplen=64"));
        byte[] tagged = PacketBuilder.ethernet()
                .vlan(100)
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1, 2)
                .payloadOf(400)
                .build();
        lab.send(LEFT, udp(1, 2, 1000), tagged);
        List<Slot> slots = take(queue, 2);
        assertEquals(64, slots.get(0).capturedLength());
        assertEquals(1042, slots.get(0).wireLength());
        assertEquals(64, slots.get(1).capturedLength());
        assertEquals(tagged.length, slots.get(1).wireLength());
        slots.forEach(queue::release);
    }

    @Test
    void aPacketLargerThanItsFrameComesWholeWithLowLatency() {
        CaptureQueue queue = only(lab.capture(RIGHT + "?latency=low&frame-size=256"));
        byte[] tagged = PacketBuilder.ethernet()
                .vlan(100)
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1, 2)
                .payloadOf(400)
                .build();
        List<byte[]> sent = List.of(udp(1, 2, 1000), udp(3, 4, 10), tagged, udp(5, 6, 1400));
        lab.send(LEFT, sent);
        List<byte[]> got = takeBytes(queue, 4);
        for (int i = 0; i < 4; i++) {
            assertArrayEquals(sent.get(i), got.get(i));
        }
    }

    @Test
    void statisticsTellWhatDidNotFitWhenNobodyReads() {
        CaptureQueue queue = only(lab.capture(RIGHT + "?blocks=2&block-size=64K"));
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            many.add(udp(i, 1, 1000));
        }
        lab.send(LEFT, many);
        queue.refreshLosses();
        long lost = queue.lost(Loss.RING_FULL);
        assertTrue(lost > 500, "only " + lost + " lost");
        int got = drain(queue).size();
        queue.refreshLosses();
        assertEquals(1000, got + queue.lost(Loss.RING_FULL));
        queue.refreshLosses();
        assertEquals(1000, got + queue.lost(Loss.RING_FULL), "reading again adds nothing");
    }

    @Test
    void densePacketsGatherAndAllArrive() {
        int woken = sleepsWhileDense("coalesce=off");
        int gathered = sleepsWhileDense("coalesce=100ms");
        assertTrue(gathered < woken / 2, gathered + " sleeps, and " + woken + " when each block wakes");
    }

    /** How often the receiver of 200 packets a millisecond, sent for a third of a second, slept. */
    private int sleepsWhileDense(String option) {
        CaptureQueue queue = only(lab.capture(RIGHT + "?blocks=512&block-size=64K&" + option));
        int bursts = 300;
        List<byte[]> burst = Collections.nCopies(200, udp(1, 1, 20));
        Thread sender = new Thread(() -> {
            try (AfPacketTransmitter transmitter = lab.transmitter(LEFT)) {
                for (int i = 0; i < bursts; i++) {
                    VethLab.send(transmitter, burst);
                    LockSupport.parkNanos(1_000_000);
                }
            }
        });
        sender.start();
        int sleeps = 0;
        int got = 0;
        // Ends: by the time limit of the test at the latest.
        while (got < bursts * burst.size()) {
            int size = queue.dispatch(slot -> PacketSink.Answer.DONE, 1024);
            got += size;
            if (size == 0) {
                queue.await(1_000_000_000L);
                sleeps++;
            }
        }
        queue.refreshLosses();
        assertEquals(0, queue.lost(Loss.RING_FULL));
        return sleeps;
    }

    @Test
    void theBellEndsAGathering() throws InterruptedException {
        CaptureQueue queue = only(lab.capture(RIGHT + "?blocks=256&coalesce=100ms"));
        boolean ended = false;
        // Whoever rings may be late on a busy machine, or too early: one time of many it is in time.
        for (int i = 0; i < 20 && !ended; i++) {
            queue.await(1);
            lab.send(LEFT, Collections.nCopies(5000, udp(1, 1, 20)));
            // Ends: by the time limit of the test at the latest.
            for (int got = 0; got < 5000; ) {
                got += queue.dispatch(slot -> PacketSink.Answer.DONE, 1024);
            }
            Thread ringer = new Thread(() -> {
                LockSupport.parkNanos(5_000_000);
                queue.wakeup();
            });
            long startNs = System.nanoTime();
            ringer.start();
            queue.await(20_000_000_000L);
            long tookNs = System.nanoTime() - startNs;
            ringer.join();
            ended = tookNs > 1_000_000 && tookNs < 50_000_000;
        }
        assertTrue(ended, "every sleep lasted for its 100 ms");
    }

    @Test
    void heldPacketsPinTheirBlockAndOthersGoOn() {
        CaptureQueue queue = only(lab.capture(RIGHT + "?blocks=8&block-size=64K"));
        lab.send(LEFT, udp(1, 1, 100));
        Slot held = take(queue, 1).get(0);
        byte[] before = held.bytes().toByteArray();
        for (int round = 0; round < 5; round++) {
            lab.send(LEFT, udp(2, round, 100));
            assertEquals(1, takeBytes(queue, 1).size());
        }
        assertArrayEquals(before, held.bytes().toByteArray());
        held.detach();
        queue.detach(held);
        for (int round = 0; round < 20; round++) {
            lab.send(LEFT, udp(3, round, 100));
            assertEquals(1, takeBytes(queue, 1).size());
        }
        assertArrayEquals(before, held.bytes().toByteArray());
        queue.release(held);
        queue.refreshLosses();
        assertEquals(0, queue.lost(Loss.RING_FULL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency=normal", "latency=low"})
    void aHeldPacketKeepsNobodyAwakeAndHidesNoOther(String latency) {
        CaptureQueue queue = only(lab.capture(RIGHT + "?" + latency));
        lab.send(LEFT, udp(1, 1, 100));
        Slot held = take(queue, 1).get(0);
        int waits = 0;
        long start = System.nanoTime();
        while (System.nanoTime() - start < 500_000_000L) {
            queue.await(500_000_000L);
            waits++;
        }
        assertTrue(waits <= 600, waits + " waits in half a second");
        lab.send(LEFT, udp(1, 2, 100));
        assertEquals(1, takeBytes(queue, 1).size());
        queue.release(held);
    }

    @Test
    void theTimeStampsOfACardThatGivesNoneAreTheKernels() {
        CaptureSource source = lab.capture(RIGHT + "?timestamp=hardware");
        lab.send(LEFT, udp(1, 1, 100));
        Slot slot = take(only(source), 1).get(0);
        Duration age = Duration.between(Instant.ofEpochSecond(0, slot.timestampNs()), Instant.now());
        assertTrue(!age.isNegative() && age.toSeconds() < 5, "time stamp is " + age + " old");
        only(source).release(slot);
        assertTrue(String.join(" ", source.explain()).contains("so the kernel's are used"));
    }

    @Test
    void aStoppedIntakeDeliversWhatIsQueuedAndEnds() {
        CaptureQueue queue = only(lab.capture(RIGHT));
        lab.send(LEFT, udp(1, 1, 10), udp(1, 2, 10));
        queue.stopIntake();
        lab.send(LEFT, udp(9, 9, 10));
        Slot[] slots = new Slot[8];
        int got = 0;
        for (int size; (size = queue.receive(slots, 8)) != CaptureQueue.END; ) {
            for (int i = 0; i < size; i++) {
                queue.release(slots[i]);
            }
            got += size;
            queue.await(1_000_000);
        }
        assertEquals(2, got);
        assertEquals(CaptureQueue.END, queue.receive(slots, 8));
    }

    @Test
    void outgoingPacketsCanBeLeftOut() {
        CaptureQueue queue = only(lab.capture(RIGHT + "?ignore-outgoing=true"));
        lab.send(RIGHT, udp(1, 1, 10));
        lab.send(LEFT, udp(2, 2, 10));
        assertArrayEquals(udp(2, 2, 10), takeBytes(queue, 1).get(0));
        assertEquals(0, drain(queue).size());
    }

    @Test
    void anUnknownInterfaceIsRefusedWithThoseThatAreThere() {
        WeirException refused = assertThrows(WeirException.class, () -> lab.capture("nosuch0"));
        assertTrue(refused.getMessage().contains("nosuch0"), refused.getMessage());
        assertTrue(
                refused.getMessage().contains("left, right")
                        || refused.getMessage().contains("right, left"),
                refused.getMessage());
    }

    @Test
    void aRingTooLargeIsRefusedWithWhatToDo() {
        Map<String, String> huge = Map.of("block-size", "16M", "blocks", "127", "queues", "64");
        WeirException refused = assertThrows(WeirException.class, () -> lab.capture(RIGHT, huge));
        assertTrue(refused.getMessage().contains("blocks="), refused.getMessage());
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
    }

    @Test
    void closingLeavesNothingBehind() {
        long before = openFiles();
        CaptureSource source = lab.capture(RIGHT + "?queues=3&promiscuous=true");
        assertTrue(lab.sh("ip -d link show " + RIGHT).contains("promiscuity 3"));
        assertEquals(3, lab.sh("tail -n +2 /proc/net/packet").lines().count());
        source.close();
        lab.allClosed();
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
        assertTrue(lab.sh("ip -d link show " + RIGHT).contains("promiscuity 0"));
        assertEquals(before, openFiles());
    }

    @ParameterizedTest
    @ValueSource(strings = {"latency=normal", "latency=low"})
    void closingWithPacketsOutLeavesTheirBytesAndNothingElse(String latency) {
        CaptureSource source = lab.capture(RIGHT + "?promiscuous=true&" + latency);
        lab.send(LEFT, udp(1, 2, 300), udp(3, 4, 500));
        List<Slot> held = take(only(source), 2);
        source.close();
        lab.allClosed();
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
        assertTrue(lab.sh("ip -d link show " + RIGHT).contains("promiscuity 0"));
        assertArrayEquals(udp(1, 2, 300), held.get(0).bytes().toByteArray());
        assertArrayEquals(udp(3, 4, 500), held.get(1).bytes().toByteArray());
    }

    /** Sockets, event descriptors and namespaces; a JVM opens and closes files of its own. */
    private static long openFiles() {
        long count = 0;
        for (String fd : new File("/proc/self/fd").list()) {
            try {
                String target =
                        Files.readSymbolicLink(Path.of("/proc/self/fd", fd)).toString();
                if (target.matches("(socket|anon_inode|net):.*")) {
                    count++;
                }
            } catch (IOException e) {
                // closed meanwhile
            }
        }
        return count;
    }
}
