package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Reason;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReasonCountsTest {
    @Test
    void countsAsAMapDoesAndEqualReasonsTogether() {
        Random random = new Random(3);
        Reason[] reasons = new Reason[3000];
        for (int i = 0; i < reasons.length; i++) {
            reasons[i] = new Reason("c", "rule " + i % 2000); // some equal, not the same
        }
        ReasonCounts counts = new ReasonCounts();
        Map<Reason, Long> model = new HashMap<>();
        for (int i = 0; i < 200_000; i++) {
            Reason reason = reasons[random.nextInt(reasons.length)];
            int packets = 1 + random.nextInt(64);
            counts.add(reason, packets);
            model.merge(reason, (long) packets, Long::sum);
        }
        Map<Reason, Long> sums = new HashMap<>();
        counts.addTo(sums);
        assertEquals(model, sums);
    }

    @Test
    void beyondTheBoundAllAreOneAndNoneIsLost() {
        ReasonCounts counts = new ReasonCounts();
        for (int i = 0; i < 70_000; i++) {
            counts.add(new Reason("made per packet", "as nobody should"), 1);
            counts.add(Reason.OTHER, 1);
        }
        Map<Reason, Long> sums = new HashMap<>();
        counts.addTo(sums);
        assertEquals(140_000, sums.values().stream().mapToLong(Long::longValue).sum());
        assertTrue(sums.get(Reason.OTHER) >= 70_000 + 70_000 - 65_536);
    }
}
