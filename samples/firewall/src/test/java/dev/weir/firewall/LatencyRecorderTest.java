package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyRecorderTest {
    private final LatencyRecorder recorder = new LatencyRecorder();

    @Test
    void percentilesAreThoseOfTheSortedTimesToSixPercent() {
        Random random = new Random(7);
        long[] times = new long[100_000];
        for (int i = 0; i < times.length; i++) {
            times[i] = (long) Math.exp(random.nextDouble() * 20); // 1 ns to half a second, all sizes alike
            recorder.record(times[i]);
        }
        Arrays.sort(times);
        for (double percent : new double[] {1, 10, 50, 90, 99, 99.9, 100}) {
            long exact = times[(int) Math.ceil(times.length * percent / 100) - 1];
            long told = recorder.percentileNs(percent);
            assertTrue(told >= exact && told <= exact * 1.0625 + 1, percent + " %: " + told + " for " + exact);
        }
        assertEquals(times[times.length - 1], recorder.maxNs());
        assertEquals(times.length, recorder.count());
    }

    @Test
    void smallTimesAreExactAndNegativeOnesCountAsNothing() {
        for (long ns : new long[] {-5, 0, 1, 15}) {
            recorder.record(ns);
        }
        assertEquals(0, recorder.percentileNs(50));
        assertEquals(1, recorder.percentileNs(75));
        assertEquals(15, recorder.percentileNs(100));
    }

    @Test
    void theLongestTimesHaveAPlace() {
        recorder.record(Long.MAX_VALUE);
        assertEquals(Long.MAX_VALUE, recorder.percentileNs(50));
    }

    @Test
    void nothingRecordedIsNoTime() {
        assertEquals(0, recorder.percentileNs(99));
    }
}
