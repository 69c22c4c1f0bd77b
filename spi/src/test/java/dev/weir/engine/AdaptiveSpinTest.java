package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AdaptiveSpinTest {
    private static final long LONGEST_NS = 100_000;

    private final AdaptiveSpin spin = new AdaptiveSpin(LONGEST_NS);
    private long nowNs = 1;

    /** Idle until work comes after so long; how much of that it would have spun. */
    private long spunBeforeWorkAfter(long gapNs) {
        long beganNs = nowNs;
        while (nowNs - beganNs < gapNs && spin.again(nowNs)) {
            nowNs += 100;
        }
        long spunNs = nowNs - beganNs;
        nowNs = beganNs + gapNs;
        spin.worked(nowNs);
        return spunNs;
    }

    @Test
    void spinsAsLongAsThatPays() {
        for (int i = 0; i < 10; i++) {
            assertEquals(60_000, spunBeforeWorkAfter(60_000));
        }
        assertTrue(spin.pays());
    }

    @Test
    void longGapsEndItAndShortOnesBringItBack() {
        for (int i = 0; i < 20; i++) {
            spunBeforeWorkAfter(5 * LONGEST_NS);
        }
        assertTrue(spunBeforeWorkAfter(5 * LONGEST_NS) <= 1_000);
        assertFalse(spin.pays());
        for (int i = 0; i < 20; i++) {
            spunBeforeWorkAfter(60_000);
        }
        assertTrue(spin.pays());
        assertEquals(60_000, spunBeforeWorkAfter(60_000));
    }
}
