package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FlushDelayTest {
    private final FlushDelay delay = new FlushDelay();
    private long nowNs;
    private long oldestNs;
    private long longestWaitNs;
    private int looks;

    /** Packets that are decided after so long each. */
    private void decide(int packets, long eachNs) {
        for (int i = 0; i < packets; i++) {
            nowNs += eachNs;
            oldestNs = oldestNs < 0 ? nowNs : oldestNs;
            longestWaitNs = Math.max(longestWaitNs, nowNs - oldestNs);
            if (delay.wantsLook()) {
                looks++;
                if (delay.isOver(nowNs)) {
                    oldestNs = -1;
                }
            }
        }
    }

    private void begin() {
        delay.begin(nowNs);
        oldestNs = -1;
        longestWaitNs = 0;
        looks = 0;
    }

    @Test
    void eachPacketOfAShortTurnIsFollowedByALook() {
        for (int turn = 0; turn < 3; turn++) {
            begin();
            decide(16, 300);
            assertEquals(16, looks);
        }
    }

    @Test
    void manyQuickOnesHaveFewLooks() {
        begin();
        decide(16 + 800, 300);
        assertEquals(16 + 100, looks);
    }

    @Test
    void whateverTimeEachTakesNoneWaitsLongerThanAMillisecondOrForMoreThanOneMore() {
        for (long eachNs = 100; eachNs < 20_000_000; eachNs += 1 + eachNs / 7) {
            begin();
            decide(2_000, eachNs);
            long bound = Math.max(1_000_000, FlushDelay.LONGEST_NS + eachNs);
            assertTrue(longestWaitNs <= bound, longestWaitNs + " ns where each takes " + eachNs);
        }
    }

    @Test
    void whenTheyBecomeSlowNoneWaitsForMoreThanEight() {
        for (int quick = 0; quick < 100; quick++) {
            begin();
            decide(quick, 300);
            decide(20, 10_000_000);
            assertTrue(longestWaitNs <= 8 * 10_000_000 + FlushDelay.LONGEST_NS, longestWaitNs + " ns after " + quick);
            longestWaitNs = 0;
            decide(20, 10_000_000);
            assertTrue(longestWaitNs <= 10_000_000, longestWaitNs + " ns later");
        }
    }
}
