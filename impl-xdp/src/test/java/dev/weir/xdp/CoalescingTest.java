package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CoalescingTest {
    private static final long LONGEST_NS = 500_000;

    private final Coalescing coalescing = new Coalescing(LONGEST_NS, 2048);
    private long nowNs = 1_000_000_000;

    CoalescingTest() {
        coalescing.sleepNs(nowNs);
    }

    /** So many packets came since the last sleep began; how long the next one lasts. */
    private long after(long elapsedNs, int packets) {
        nowNs += elapsedNs;
        coalescing.received(packets);
        return coalescing.sleepNs(nowNs);
    }

    @Test
    void withoutPacketsOneWakes() {
        assertEquals(0, after(100_000, 0));
    }

    @Test
    void fewPacketsWakeEach() {
        assertEquals(0, after(100_000, 1));
        assertEquals(0, after(100_000, 12));
        assertEquals(LONGEST_NS, after(100_000, 13)); // 65 in the longest sleep
    }

    @Test
    void aBurstAfterQuietIsNoDenseTraffic() {
        assertEquals(0, after(1_000_000_000, 64));
        assertEquals(LONGEST_NS, after(160_000, 64));
    }

    @Test
    void theFirstSleepThatGathersNothingIsTheLast() {
        assertEquals(LONGEST_NS, after(160_000, 64));
        assertEquals(0, after(LONGEST_NS, 0));
    }

    @Test
    void noMoreGathersThanAQuarterOfTheRing() {
        assertEquals(512 * 100, after(64_000, 640)); // 10 million packets a second
    }

    @Test
    void smallRingsAndThoseWhoSaySoAlwaysWake() {
        for (Coalescing never : new Coalescing[] {new Coalescing(0, 2048), new Coalescing(LONGEST_NS, 128)}) {
            never.sleepNs(nowNs);
            never.received(64);
            assertEquals(0, never.sleepNs(nowNs + 10_000));
        }
    }
}
