package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RunTest {
    private static byte[] udp(int host, int port) {
        return PacketBuilder.ethernet()
                .ipv4("10.0.0." + host, "10.1.0.1")
                .udp(4000 + host, port)
                .payload(new byte[18])
                .build();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void everyPacketGetsTheVerdictOfTheFirstClassifierWithAnOpinion(int workers) throws Exception {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) ->
                                packet.headers().destinationPort() == 23 ? Verdict.DROP : Verdict.CONTINUE)
                        .classify((packet, flow) ->
                                packet.headers().destinationPort() <= 53 ? Verdict.REJECT : Verdict.CONTINUE)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 1; i <= 30; i++) {
                packets.add(memory.inject(udp(i, i % 3 == 0 ? 23 : i % 3 == 1 ? 53 : 80)));
            }
            for (int i = 1; i <= 30; i++) {
                Verdict expected = i % 3 == 0 ? Verdict.DROP : i % 3 == 1 ? Verdict.REJECT : Verdict.ACCEPT;
                assertEquals(
                        expected.kind(),
                        packets.get(i - 1).await(Duration.ofSeconds(5)).kind());
            }
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(30, ledger.received());
            assertEquals(20, ledger.dropped());
            assertEquals(10, ledger.decisions().count(Ledger.Outcome.ACCEPTED, Ledger.Cause.NO_OPINION));
            assertTrue(ledger.isBalanced());
            assertEquals(Pipeline.State.ENDED, pipeline.state());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aMillionPacketsLeaveABalancedLedger(int workers) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            frames.add(udp(i + 1, i % 2 == 0 ? 23 : 80));
        }
        try (MemoryCapture memory = MemoryCapture.replaying(frames, 10_000);
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classifyPerWorker(() -> (packet, flow) -> {
                            if (packet.headers().destinationPort() == 23) {
                                return Verdict.DROP;
                            }
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.run();
            Ledger ledger = pipeline.ledger();
            assertEquals(1_000_000, ledger.received());
            assertEquals(500_000, ledger.dropped());
            assertEquals(500_000, ledger.accepted());
            assertEquals(500_000, memory.verdicts(Verdict.Kind.DROP));
            assertTrue(ledger.isBalanced());
        }
    }

    @Test
    void aDeadlineWithoutWorkersIsRefused() {
        try (MemoryCapture memory = MemoryCapture.create()) {
            var builder = Pipeline.from(memory.name()).deadline(Duration.ofMillis(50), Verdict.ACCEPT);
            assertTrue(assertThrows(WeirException.class, builder::open)
                    .getMessage()
                    .contains("workers"));
        }
    }
}
