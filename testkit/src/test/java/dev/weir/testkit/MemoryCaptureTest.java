package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.bpf.FilterCompiler;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class MemoryCaptureTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Slot[] slots = new Slot[64];

    private static CaptureSource open(MemoryCapture capture) {
        return open(capture, Map.of());
    }

    private static CaptureSource open(MemoryCapture capture, Map<String, String> options) {
        MemoryCaptureProvider provider = new MemoryCaptureProvider();
        String target = capture.name().substring("memory:".length());
        return provider.open(
                new CaptureRequest(target, Options.of("memory", provider.options(), options), 1_000, Long.MAX_VALUE));
    }

    private static byte[] frame(int port) {
        return PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(port, 53)
                .build();
    }

    @Test
    void aPacketTravelsFromInjectionToItsVerdict() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            InjectedPacket packet = memory.prepare(frame(1))
                    .timestampNs(42)
                    .wireLength(1500)
                    .mark(7)
                    .inject();
            CaptureQueue queue = source.queues().get(0);

            assertEquals(InjectedPacket.Fate.QUEUED, packet.fate());
            assertEquals(1, queue.receive(slots, slots.length));
            assertEquals(InjectedPacket.Fate.RECEIVED, packet.fate());
            assertArrayEquals(frame(1), slots[0].bytes().toByteArray());
            assertEquals(42, slots[0].timestampNs());
            assertEquals(1500, slots[0].wireLength());
            assertEquals(7, slots[0].mark());
            assertTrue(queue.verdict(slots[0], Verdict.DROP));
            assertSame(Verdict.DROP, packet.await(SOON));
            assertFalse(packet.isReleased());
            queue.release(slots[0]);
            packet.awaitReleased(SOON);
            assertNull(packet.output());
            assertEquals(1, memory.verdicts(Verdict.Kind.DROP));
        }
    }

    @Test
    void replacedBytesAreVisible() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            InjectedPacket packet = memory.inject(ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}, 1, 3));
            CaptureQueue queue = source.queues().get(0);
            queue.receive(slots, 1);
            slots[0].replace(4).put(3, (byte) 4);
            queue.verdict(slots[0], Verdict.REPLACE);
            queue.release(slots[0]);

            assertSame(Verdict.REPLACE, packet.await(SOON));
            assertArrayEquals(new byte[] {1, 2, 3, 4}, packet.output());
        }
    }

    @Test
    void aSecondVerdictAndAReleaseWithoutOneAreRefused() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            memory.inject(frame(1));
            CaptureQueue queue = source.queues().get(0);
            queue.receive(slots, 1);

            assertThrows(IllegalStateException.class, () -> queue.release(slots[0]));
            queue.verdict(slots[0], Verdict.ACCEPT);
            assertThrows(IllegalStateException.class, () -> queue.verdict(slots[0], Verdict.DROP));
            queue.release(slots[0]);
            assertThrows(IllegalStateException.class, () -> queue.release(slots[0]));
        }
    }

    @Test
    void whatDoesNotFitIsLostAndCounted() {
        try (MemoryCapture memory = MemoryCapture.builder().capacity(2).create();
                CaptureSource source = open(memory)) {
            List<InjectedPacket> packets = memory.injectAll(List.of(frame(1), frame(2), frame(3)));
            CaptureQueue queue = source.queues().get(0);

            assertEquals(InjectedPacket.Fate.LOST, packets.get(2).fate());
            assertEquals(1, queue.lost(Loss.QUEUE_FULL));
            AssertionError error =
                    assertThrows(AssertionError.class, () -> packets.get(2).await(SOON));
            assertTrue(error.getMessage().contains("LOST"), error.getMessage());
            assertEquals(2, queue.receive(slots, slots.length));
        }
    }

    @Test
    void endComesAfterWhatIsQueued() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            memory.inject(frame(1));
            memory.end();
            InjectedPacket tooLate = memory.inject(frame(2));
            CaptureQueue queue = source.queues().get(0);

            assertEquals(1, queue.receive(slots, slots.length));
            assertEquals(CaptureQueue.END, queue.receive(slots, slots.length));
            assertEquals(InjectedPacket.Fate.NOT_CAPTURED, tooLate.fate());
        }
    }

    @Test
    void failureComesAfterWhatIsQueuedAndWhatIsLentStaysValid() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            InjectedPacket packet = memory.inject(frame(1));
            WeirException cause = new WeirException("the test pulls the plug");
            memory.fail(cause);
            CaptureQueue queue = source.queues().get(0);

            assertEquals(1, queue.receive(slots, slots.length));
            assertSame(cause, assertThrows(WeirException.class, () -> queue.receive(new Slot[1], 1)));
            assertEquals(1, slots[0].headers().sourcePort());
            queue.verdict(slots[0], Verdict.ACCEPT);
            queue.release(slots[0]);
            assertSame(Verdict.ACCEPT, packet.await(SOON));
        }
    }

    @Test
    void bothDirectionsComeByOneQueueUnlessAsymmetric() {
        PacketBuilder there =
                PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1000, 80);
        PacketBuilder back =
                PacketBuilder.ethernet().ipv4("10.0.0.2", "10.0.0.1").tcp(80, 1000);
        try (MemoryCapture memory = MemoryCapture.builder().queues(4).create()) {
            assertEquals(memory.inject(there).queue(), memory.inject(back).queue());
            long used = java.util.stream.IntStream.range(1, 200)
                    .map(port -> memory.inject(frame(port)).queue())
                    .distinct()
                    .count();
            assertEquals(4, used, "flows spread over all queues");
        }
    }

    @Test
    void pinnedMemoryHoldsReceptionBackUntilDetached() {
        try (MemoryCapture memory = MemoryCapture.builder().pinsMemory(2).create();
                CaptureSource source = open(memory)) {
            memory.injectAll(List.of(frame(1), frame(2), frame(3), frame(4)));
            CaptureQueue queue = source.queues().get(0);

            assertEquals(2, queue.receive(slots, slots.length));
            assertEquals(0, queue.receive(new Slot[4], 4));
            slots[0].detach();
            queue.detach(slots[0]);
            assertEquals(1, queue.receive(new Slot[4], 4));
            assertEquals(1, slots[0].headers().sourcePort(), "the detached packet keeps its bytes");
            queue.verdict(slots[0], Verdict.ACCEPT);
            queue.release(slots[0]);
            assertEquals(0, queue.receive(new Slot[4], 4), "its memory was given back before");
        }
    }

    @Test
    void aSleeperIsWokenByAPacketAndByAWakeup() throws InterruptedException {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            CaptureQueue queue = source.queues().get(0);
            Thread sleeper = new Thread(() -> queue.await(TimeUnit.MINUTES.toNanos(1)));
            sleeper.start();
            memory.inject(frame(1));
            sleeper.join(SOON.toMillis());
            assertFalse(sleeper.isAlive(), "woken by the packet");

            queue.receive(slots, 1);
            queue.wakeup();
            long start = System.nanoTime();
            queue.await(TimeUnit.MINUTES.toNanos(1));
            assertTrue(System.nanoTime() - start < SOON.toNanos(), "an early wakeup is kept");
            start = System.nanoTime();
            queue.await(TimeUnit.MILLISECONDS.toNanos(20));
            assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(19), "and used up");
        }
    }

    @Test
    void snapLengthCutsWhatIsCaptured() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory, Map.of("snaplen", "20"))) {
            memory.inject(frame(1));
            source.queues().get(0).receive(slots, 1);

            assertEquals(20, slots[0].capturedLength());
            assertEquals(42, slots[0].wireLength());
        }
    }

    @Test
    void aFilterLetsThroughWhatItsExpressionMatches() {
        Assumptions.assumeTrue(FilterCompiler.unavailability().isEmpty(), FilterCompiler.unavailability());
        Map<String, String> filter = Map.of("filter", "udp src port 2");
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory, filter)) {
            List<InjectedPacket> packets = memory.injectAll(List.of(frame(1), frame(2), frame(3)));
            assertEquals(1, source.queues().get(0).receive(slots, slots.length));
            assertEquals(2, slots[0].headers().sourcePort());
            assertEquals(InjectedPacket.Fate.FILTERED_OUT, packets.get(2).fate());
        }
        try (MemoryCapture memory = MemoryCapture.replaying(List.of(frame(1), frame(2)), 3);
                CaptureSource source = open(memory, filter)) {
            assertEquals(3, source.queues().get(0).receive(slots, slots.length));
            assertEquals(CaptureQueue.END, source.queues().get(0).receive(slots, slots.length));
        }
        try (MemoryCapture memory = MemoryCapture.create()) {
            assertThrows(WeirException.class, () -> open(memory, Map.of("filter", "no such word")));
            open(memory).close();
        }
    }

    @Test
    void replayGivesEveryFrameInEveryRound() {
        try (MemoryCapture memory = MemoryCapture.replaying(List.of(frame(1), frame(2), frame(3)), 1000);
                CaptureSource source = open(memory)) {
            CaptureQueue queue = source.queues().get(0);
            long[] seen = new long[4];
            int count;
            while ((count = queue.receive(slots, slots.length)) != CaptureQueue.END) {
                for (int i = 0; i < count; i++) {
                    seen[slots[i].headers().sourcePort()]++;
                    queue.verdict(slots[i], Verdict.ACCEPT);
                    queue.release(slots[i]);
                }
            }

            assertArrayEquals(new long[] {0, 1000, 1000, 1000}, seen);
            assertEquals(3000, memory.verdicts(Verdict.Kind.ACCEPT));
        }
    }

    @Test
    void aNameIsTakenUntilItIsClosed() {
        MemoryCapture first = MemoryCapture.builder().named("taken").create();
        MemoryCapture.Builder second = MemoryCapture.builder().named("taken");

        assertThrows(IllegalStateException.class, second::create);
        first.close();
        second.create().close();
        WeirException unknown = assertThrows(WeirException.class, () -> MemoryCapture.find("taken"));
        assertTrue(unknown.getMessage().contains("named(\"taken\")"), unknown.getMessage());
    }

    @Test
    void closeTellsWhatBecameOfTheRest() {
        try (MemoryCapture memory = MemoryCapture.create()) {
            InjectedPacket received = memory.inject(frame(1));
            InjectedPacket queued = memory.inject(frame(2));
            CaptureSource source = open(memory);
            source.queues().get(0).receive(slots, 1);
            source.close();

            assertEquals(InjectedPacket.Fate.UNDECIDED, received.fate());
            assertEquals(InjectedPacket.Fate.NOT_CAPTURED, queued.fate());
        }
    }

    @Test
    void theLinkTypeOfABuilderIsKept() {
        try (MemoryCapture memory = MemoryCapture.create();
                CaptureSource source = open(memory)) {
            memory.inject(PacketBuilder.rawIp().ipv6("::1", "::2").udp(5, 6));
            source.queues().get(0).receive(slots, 1);

            assertEquals(LinkType.RAW, slots[0].linkType());
            assertEquals(5, slots[0].headers().sourcePort());
        }
    }
}
