package dev.weir.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Contender LEFT = Contender.inC("left");
    private static final Contender RIGHT = Contender.inC("right");

    @Test
    void roundsAlternateTheirOrder() {
        List<String> order = new ArrayList<>();

        Rounds.run(2, List.of(LEFT, RIGHT), (round, contender) -> {
            order.add(contender.name());
            return sample(100, 100);
        });

        assertEquals(List.of("left", "right", "right", "left"), order);
    }

    @Test
    void samplesOfOneRoundMakeAPair() {
        long[] cpuNs = {100, 50, 100, 200}; // left, right, right, left: both rounds say 2
        int[] next = {0};

        Rounds rounds = Rounds.run(2, List.of(LEFT, RIGHT), (round, contender) -> sample(cpuNs[next[0]++], 100));

        MedianInterval ratio = Comparison.cpu("left", "right").of(rounds);
        assertEquals(2, ratio.low());
        assertEquals(2, ratio.high());
    }

    @Test
    void lossIsWhatWasSentAndNotReceived() {
        Rounds rounds =
                Rounds.run(1, List.of(LEFT, RIGHT), (round, contender) -> sample(100, contender == LEFT ? 100 : 98));

        assertEquals(-0.02, Comparison.noMoreLoss("left", "right").of(rounds).median(), 1e-9);
    }

    @Test
    void aTargetIsMetWhenTheIntervalReachesIt() {
        MedianInterval interval = new MedianInterval(1.6, 1.4, 1.8, 0.97);

        assertTrue(Comparison.cpuAtMost(1.5, "left", "right").isMetBy(interval));
        assertFalse(Comparison.cpuAtMost(1.3, "left", "right").isMetBy(interval));
        assertTrue(Comparison.cpuAtLeast(1.7, "left", "right").isMetBy(interval));
        assertFalse(Comparison.cpuAtLeast(1.9, "left", "right").isMetBy(interval));
    }

    private static Sample sample(long cpuNs, long packets) {
        return new Sample(new Measurement(packets, 64 * packets, packets, 0, cpuNs, 0, 1), 100);
    }
}
