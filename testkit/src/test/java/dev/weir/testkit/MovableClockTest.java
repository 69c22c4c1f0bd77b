package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MovableClockTest {
    @Test
    void itMovesOnlyWhenTheTestMovesIt() {
        MovableClock clock = new MovableClock(100);
        assertEquals(100, clock.nanoTime());
        clock.advance(Duration.ofNanos(5));
        assertEquals(105, clock.nanoTime());
        assertThrows(IllegalArgumentException.class, () -> clock.advance(Duration.ofNanos(-1)));
        assertEquals(105, clock.nanoTime());
    }

    @Test
    void listenersHearOfEveryMoveUntilTheyAreTakenAway() {
        MovableClock clock = new MovableClock(0);
        List<Long> heard = new ArrayList<>();
        Runnable listener = () -> heard.add(clock.nanoTime());
        clock.onAdvance(listener);
        clock.advance(Duration.ofNanos(1));
        clock.advance(Duration.ofNanos(2));
        clock.remove(listener);
        clock.advance(Duration.ofNanos(4));
        assertEquals(List.of(1L, 3L), heard);
    }

    @Test
    void aPipelineFeelsTheClockMove() {
        MovableClock clock = new MovableClock();
        try (MemoryCapture memory = MemoryCapture.builder().clock(clock).create();
                var pipeline = dev.weir.Pipeline.from(memory.name())
                        .clock(clock)
                        .workers(1)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .deadline(Duration.ofMinutes(10), Verdict.DROP)
                        .open()) {
            pipeline.start();
            InjectedPacket packet = memory.inject(dev.weir.testkit.packet.PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .udp(1, 2));
            while (packet.fate() == InjectedPacket.Fate.QUEUED) {
                Thread.onSpinWait();
            }
            assertThrows(AssertionError.class, () -> packet.await(Duration.ofMillis(30)));
            clock.advance(Duration.ofMinutes(11));
            assertEquals(Verdict.Kind.DROP, packet.await(Duration.ofSeconds(10)).kind());
        }
    }
}
