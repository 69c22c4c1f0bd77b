package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.number;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Outcome;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class AdvisoryTest {
    @Test
    void onAPassiveCaptureItMustBeSaid() {
        try (MemoryCapture memory = MemoryCapture.builder().passive().create()) {
            PipelineBuilder builder = Pipeline.from(memory.name());
            String message = assertThrows(WeirException.class, builder::open).getMessage();
            assertTrue(message.contains(".advisory()"), message);
        }
        try (MemoryCapture memory = MemoryCapture.builder().passive().create();
                Pipeline pipeline = Pipeline.from(memory.name()).advisory().open()) {
            assertTrue(pipeline.ledger().advisory());
        }
    }

    @ParameterizedTest
    @CsvSource({"0,false", "1,false", "2,false", "0,true", "2,true"})
    void everythingPassesAndTheLedgerSaysWhatWouldHaveBeen(int workers, boolean passive) {
        MemoryCapture.Builder builder = MemoryCapture.builder();
        if (passive) {
            builder.passive();
        }
        List<Verdict> told = new ArrayList<>();
        try (MemoryCapture memory = builder.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .advisory()
                        .listen(decision -> told.add(decision.verdict()))
                        .classify((packet, flow) -> switch (number(packet)) {
                            case 1 -> Verdict.DROP;
                            case 2 -> Verdict.REJECT;
                            case 3 -> Verdict.mark(1);
                            case 4 -> {
                                packet.replace(60);
                                yield Verdict.REPLACE;
                            }
                            default -> Verdict.DROP_FLOW;
                        })
                        .open()) {
            assertTrue(pipeline.carriesOut().isEmpty());
            pipeline.start();
            for (int i = 1; i <= 6; i++) {
                InjectedPacket packet = memory.inject(Traffic.packet(1, i));
                assertEquals(Verdict.ACCEPT, packet.await(PATIENCE));
                assertArrayEquals(Traffic.packet(1, i), packet.output());
            }
            pipeline.stop();
            Ledger ledger = assertEndedInOrder(pipeline, 6);
            assertTrue(ledger.advisory());
            assertEquals(3, ledger.decisions().count(Outcome.DROPPED));
            assertEquals(1, ledger.decisions().count(Outcome.REJECTED));
            assertEquals(1, ledger.decisions().count(Outcome.MARKED));
            assertEquals(1, ledger.decisions().count(Outcome.REPLACED));
            assertEquals(0, ledger.unsupported());
            assertEquals(
                    List.of(
                            Verdict.DROP,
                            Verdict.REJECT,
                            Verdict.mark(1),
                            Verdict.REPLACE,
                            Verdict.DROP_FLOW,
                            Verdict.DROP_FLOW),
                    told);
        }
    }
}
