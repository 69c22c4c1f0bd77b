package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Loss;
import dev.weir.OverloadPolicy;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pipeline that holds packets: up to the bound nothing is lost, beyond it the policy applies and is counted. */
@NetworkLabTest(requires = KernelFeature.XDP_SOCKETS)
class XdpOverloadKernelTest {
    private static final long PATIENCE_NS = 10_000_000_000L;
    private static final int HELD_PORT = 7;
    private static final int OPEN_PORT = 8;
    private static final int BOUND = 300;

    private static byte[] frame(int port, int number) {
        return PacketBuilder.ethernet()
                .ipv4("198.18.0.1", "198.18.0.2")
                .udp(10_000 + number, port)
                .payloadOf(20)
                .build();
    }

    /** In bursts that no ring on the way is too small for. */
    private static void send(XdpTransmitter out, int port, int count, Supplier<Long> received) {
        long before = received.get();
        for (int sent = 0; sent < count; ) {
            List<byte[]> burst = new ArrayList<>();
            while (burst.size() < 50 && sent < count) {
                burst.add(frame(port, sent++));
            }
            XdpLab.send(out, burst);
            long wanted = before + sent;
            until("received " + wanted, () -> received.get() >= wanted);
        }
    }

    private static void until(String what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - endNs < 0, what);
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @CsvSource({"FAIL_OPEN, 0", "FAIL_CLOSED, 0", "FAIL_OPEN, 2", "FAIL_CLOSED, 2"})
    void whatComesBeyondTheBoundGetsThePolicy(OverloadPolicy policy, int workers, NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        Pipeline pipeline = lab.middle().call(() -> Pipeline.from("xdp:eth0,eth1?bridge&ring=256")
                .inFlight(BOUND, 1 << 24, policy)
                .workers(workers)
                .classify((packet, flow) ->
                        packet.headers().destinationPort() == HELD_PORT ? Verdict.HOLD : Verdict.CONTINUE)
                .open());
        AtomicInteger arrived = new AtomicInteger();
        try (pipeline;
                XdpSource atRight = BridgeLab.arrivals(lab.right());
                XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
            pipeline.start();
            Supplier<Long> received = () -> pipeline.ledger().received();
            send(out, HELD_PORT, BOUND - 1, received);
            until("all are held", () -> pipeline.ledger().inFlight() == BOUND - 1);
            // One place is left: a thousand packets cross while the others are held, and none is lost or refused.
            for (int i = 0; i < 1_000; i++) {
                XdpLab.send(out, List.of(frame(OPEN_PORT, i)));
                long wanted = BOUND + i;
                until(
                        "the packet is decided",
                        () -> pipeline.ledger().received() == wanted
                                && pipeline.ledger().inFlight() == BOUND - 1);
            }
            Ledger below = pipeline.ledger();
            assertEquals(1_000, below.accepted());
            assertEquals(0, below.decisions().count(Cause.OVERLOAD));
            assertEquals(0, below.lost(), below::toString);

            send(out, HELD_PORT, 1, received);
            send(out, HELD_PORT, 500, received);
            Ledger above = pipeline.ledger();
            assertEquals(BOUND, above.inFlight());
            assertEquals(500, above.decisions().count(Cause.OVERLOAD), above::toString);
            Outcome outcome = policy == OverloadPolicy.FAIL_OPEN ? Outcome.ACCEPTED : Outcome.DROPPED;
            assertEquals(500, above.decisions().count(outcome, Cause.OVERLOAD));
            assertEquals(0, above.lost(Loss.FILL_RING_EMPTY), above::toString);
            int crossed = policy == OverloadPolicy.FAIL_OPEN ? 1_500 : 1_000;
            assertEquals(crossed, XdpLab.receive(atRight.queues().get(0), crossed, slot -> arrived.incrementAndGet()));
            pipeline.stop();
        }
        Ledger last = pipeline.ledger();
        assertTrue(last.isBalanced(), last::toString);
        assertEquals(1_000 + BOUND + 500, last.received());
        assertEquals(0, last.inFlight());
    }

    /** The standard policy: who reads no more lets the kernel count what it has no room for. */
    @Test
    void whoStopsReadingHasTheRestCountedAsLost(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        Pipeline pipeline = lab.middle().call(() -> Pipeline.from("xdp:eth0,eth1?bridge&ring=256")
                .inFlight(BOUND, 1 << 24, OverloadPolicy.STOP_READING)
                .classify((packet, flow) -> Verdict.HOLD)
                .open());
        try (pipeline;
                XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
            pipeline.start();
            send(out, HELD_PORT, BOUND, () -> pipeline.ledger().received());
            for (int i = 0; i < 40; i++) {
                List<byte[]> burst = new ArrayList<>();
                for (int k = 0; k < 50; k++) {
                    burst.add(frame(HELD_PORT, i * 50 + k));
                }
                XdpLab.send(out, burst);
            }
            until("the loss is told", () -> pipeline.ledger().lost() > 0);
            Ledger full = pipeline.ledger();
            assertEquals(BOUND, full.inFlight());
            assertEquals(BOUND, full.received());
            assertEquals(0, full.decisions().count(Cause.OVERLOAD));
            pipeline.stop();
        }
        Ledger last = pipeline.ledger();
        assertTrue(last.isBalanced(), last::toString);
        assertEquals(BOUND + 2_000, last.received() + last.lost(), last::toString);
        assertTrue(last.received() > BOUND, "what waited in the ring is taken at the end");
    }
}
