package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Packets of numbered flows that carry a number of their own, and what these tests ask of a pipeline. */
final class Traffic {
    /** Longer than anything takes that works. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private Traffic() {}

    /** A UDP packet of a flow, from the side that opened it. */
    static byte[] packet(int flow, int number) {
        return PacketBuilder.ethernet()
                .ipv4(client(flow), "10.200.0.1")
                .udp(1024 + flow % 50_000, 80)
                .payload(ByteBuffer.allocate(8).putInt(flow).putInt(number).array())
                .build();
    }

    /** A UDP packet of a flow, from the other side. */
    static byte[] answer(int flow, int number) {
        return PacketBuilder.ethernet()
                .ipv4("10.200.0.1", client(flow))
                .udp(80, 1024 + flow % 50_000)
                .payload(ByteBuffer.allocate(8).putInt(flow).putInt(number).array())
                .build();
    }

    private static String client(int flow) {
        return "10." + (flow >>> 16 & 0x7f) + "." + (flow >>> 8 & 0xff) + "." + (flow & 0xff);
    }

    /** One packet of each of so many flows. */
    static List<byte[]> flows(int count) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            frames.add(packet(i, i));
        }
        return frames;
    }

    static int flow(Packet packet) {
        return packet.bytes().i32(packet.headers().payloadOffset());
    }

    static int number(Packet packet) {
        return packet.bytes().i32(packet.headers().payloadOffset() + 4);
    }

    /** Waits for a state that other threads bring about. */
    static void eventually(String what, BooleanSupplier condition) {
        long untilNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - untilNs < 0, () -> "not within " + PATIENCE + ": " + what);
            LockSupport.parkNanos(200_000);
        }
    }

    static void await(CountDownLatch latch) {
        boolean done = false;
        boolean interrupted = false;
        while (!done) {
            try {
                assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "a latch that nobody opens");
                done = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static void awaitAll(List<InjectedPacket> packets) {
        packets.forEach(packet -> packet.await(PATIENCE));
    }

    static long count(Pipeline pipeline, Outcome outcome, Cause cause) {
        return pipeline.ledger().decisions().count(outcome, cause);
    }

    static long count(Pipeline pipeline, Cause cause) {
        return pipeline.ledger().decisions().count(cause);
    }

    /** The pipeline has ended in order, with so many packets received and each decided once. */
    static Ledger assertEndedInOrder(Pipeline pipeline, long packets) {
        assertEquals(Pipeline.State.ENDED, pipeline.state());
        Ledger ledger = pipeline.ledger();
        assertEquals(packets, ledger.received(), "received");
        assertEquals(packets, ledger.decisions().total(), "decided");
        assertEquals(0, ledger.undecided(), "undecided");
        assertTrue(ledger.isBalanced(), "balanced");
        return ledger;
    }
}
