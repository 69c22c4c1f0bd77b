package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class LimitTest {
    private static final int FRAMES = 500;

    private final AtomicLong classified = new AtomicLong();

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "64, 1, 0", "65, 1, 2", "300, 3, 0", "300, 3, 2"})
    void classifiesExactlySoManyAndGivesTheRestOfAnInlineCaptureBack(int limit, int queues, int workers) {
        Ledger ledger = run(MemoryCapture.builder().queues(queues), limit, workers);
        assertEquals(limit, ledger.decisions().count(Ledger.Cause.NO_OPINION));
        assertEquals(ledger.received() - limit, ledger.decisions().count(Ledger.Cause.STOP));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "64, 1, 0", "65, 1, 2", "300, 3, 0", "300, 3, 2"})
    void readsAPassiveCaptureNoFurther(int limit, int queues, int workers) {
        Ledger ledger = run(MemoryCapture.builder().queues(queues).passive(), limit, workers);
        assertEquals(limit, ledger.received());
    }

    @Test
    void endsWithTheCaptureWhenThatComesFirst() {
        assertEquals(FRAMES, run(MemoryCapture.builder(), FRAMES + 1, 0).received());
    }

    @Test
    void refusesALimitOfNothing() {
        assertThrows(WeirException.class, () -> Pipeline.from("memory:x").limit(0));
    }

    private Ledger run(MemoryCapture.Builder builder, int limit, int workers) {
        try (MemoryCapture memory = builder.replay(frames()).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .advisory()
                        .workers(workers)
                        .limit(limit)
                        .classify((packet, flow) -> {
                            classified.incrementAndGet();
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            memory.play(1);
            memory.end();
            pipeline.run();
            Ledger ledger = pipeline.ledger();
            assertEquals(Math.min(limit, FRAMES), classified.get());
            assertTrue(ledger.isBalanced(), ledger.toString());
            return ledger;
        }
    }

    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            frames.add(PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0.1." + i % 250)
                    .udp(1024 + i, 53)
                    .build());
        }
        return frames;
    }
}
