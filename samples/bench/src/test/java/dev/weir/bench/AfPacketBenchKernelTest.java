package dev.weir.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class AfPacketBenchKernelTest {

    private final NativePrograms programs = new NativePrograms();

    @Test
    void theReceiverInCSeesEachFrameOfTheKernelsFlood() {
        assertEquals(20_000, received(programs.ringReceiver(), "kernel"));
    }

    @Test
    void theReceiverInCSeesEachFrameOfTheFloodFromUserSpace() {
        assertEquals(20_000, received(programs.ringReceiver(), "user"));
    }

    @Test
    void theClassifierOfThePipelineInCSeesEachFrame() {
        assertEquals(20_000, received(programs.ringPipeline(), "kernel"));
    }

    @Test
    void theNamespaceIsGoneAfterwards() {
        BenchLink.open().close();

        assertFalse(Commands.check("ip", "netns", "list")
                .contains("weir-bench-" + ProcessHandle.current().pid()));
    }

    /** How many of 20,000 frames the receiver recognised. */
    private long received(String program, String generator) {
        List<String> command = List.of(program, BenchLink.RECEIVER, "65536", "64", "10");
        try (BenchLink link = BenchLink.open();
                ReceiverProcess receiver = ReceiverProcess.start(program, link.inside(-1, command))) {
            receiver.begin();
            new Flood(programs.flood(), link, generator, 100_000, 50, -1).run(0.2);
            Thread.sleep(100); // blocks retire after 10 ms
            return receiver.end().datagrams();
        } catch (InterruptedException stop) {
            throw new IllegalStateException(stop);
        }
    }
}
