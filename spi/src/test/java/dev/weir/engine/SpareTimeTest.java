package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpareTimeTest {
    private static final long MILLIS = 1_000_000;

    private long waitedNs;
    private int looks;

    private final SpareTime spareTime = new SpareTime(() -> {
        looks++;
        return waitedNs;
    });

    private long nowNs = 5 * MILLIS;

    /** So many spans of 10 ms, in each of which the thread waited for a processor for so long. */
    private boolean after(int spans, long waitedEachNs) {
        for (int i = 0; i < spans; i++) {
            nowNs += 10 * MILLIS;
            waitedNs += waitedEachNs;
            spareTime.isThere(nowNs);
        }
        return spareTime.wasThere();
    }

    @Test
    void isThereAfterATenthOfASecondWithoutMuchWaiting() {
        spareTime.isThere(nowNs);
        assertFalse(after(9, 3 * MILLIS));
        assertTrue(after(1, 3 * MILLIS));
        assertTrue(after(100, 3 * MILLIS));
    }

    @Test
    void whoHasToWaitForTheProcessorLeavesItToOthersForAWhile() {
        spareTime.isThere(nowNs);
        assertTrue(after(10, 0));
        assertFalse(after(1, 4 * MILLIS));
        assertFalse(after(9, 0));
        assertTrue(after(1, 0));
    }

    @Test
    void itLooksAHundredTimesASecond() {
        for (long nowNs = 0; nowNs < 1_000 * MILLIS; nowNs += 1_000) {
            spareTime.isThere(nowNs);
        }
        assertEquals(100, looks);
    }

    @Test
    void whereNobodyKnowsThereIsNone() {
        waitedNs = -1;
        assertFalse(after(100, 0));
    }
}
