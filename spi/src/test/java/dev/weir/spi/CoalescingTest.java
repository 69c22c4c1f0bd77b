package dev.weir.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CoalescingTest {
    private static final long LONGEST_NS = 500_000;

    private final Coalescing coalescing = new Coalescing(LONGEST_NS, 64, 512);
    private long nowNs = 1_000_000_000;
    private long packets;
    private long places;

    CoalescingTest() {
        coalescing.sleepNs(nowNs, 0, 0);
    }

    /** So many packets came since the last sleep began; how long the next one lasts. */
    private long after(long elapsedNs, int packets) {
        return after(elapsedNs, packets, packets);
    }

    private long after(long elapsedNs, int newPackets, int newPlaces) {
        nowNs += elapsedNs;
        packets += newPackets;
        places += newPlaces;
        return coalescing.sleepNs(nowNs, packets, places);
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
    void noMoreGathersThanThePlacesSetAside() {
        assertEquals(512 * 100, after(64_000, 640)); // 10 million packets a second
    }

    @Test
    void placesThatHoldManyPacketsAreCountedAsPlaces() {
        assertEquals(LONGEST_NS, after(64_000, 640, 65));
        assertEquals(512 * 125, after(64_000, 640, 512));
    }

    @Test
    void aRingThatCountsFromTheStartAgainWaitsForPackets() {
        assertEquals(LONGEST_NS, after(160_000, 64));
        assertEquals(0, after(160_000, -10));
        assertEquals(LONGEST_NS, after(160_000, 64));
    }

    @Test
    void smallRingsAndThoseWhoSaySoAlwaysWake() {
        for (Coalescing never : new Coalescing[] {new Coalescing(0, 64, 512), new Coalescing(LONGEST_NS, 64, 0)}) {
            never.sleepNs(nowNs, 0, 0);
            assertEquals(0, never.sleepNs(nowNs + 10_000, 64, 64));
        }
    }
}
