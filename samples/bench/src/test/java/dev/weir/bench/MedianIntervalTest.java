package dev.weir.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MedianIntervalTest {

    @Test
    void tenSamplesGiveTheSecondFromEachEnd() {
        MedianInterval interval = MedianInterval.of(10, 1, 9, 2, 8, 3, 7, 4, 6, 5);

        assertEquals(5.5, interval.median());
        assertEquals(2, interval.low());
        assertEquals(9, interval.high());
        assertEquals(1 - 2 * 11 / 1024.0, interval.coverage(), 1e-12);
    }

    @Test
    void twentySamplesGiveTheSixthFromEachEnd() {
        double[] samples = new double[20];
        for (int i = 0; i < 20; i++) {
            samples[i] = i + 1;
        }

        MedianInterval interval = MedianInterval.of(samples);

        assertEquals(6, interval.low());
        assertEquals(15, interval.high());
        assertEquals(0.9586, interval.coverage(), 1e-4);
    }

    @Test
    void fewerThanSixSamplesSpanAllAndSayWhatThatIsWorth() {
        MedianInterval interval = MedianInterval.of(3, 1, 2);

        assertEquals(new MedianInterval(2, 1, 3, 0.75), interval);
        assertEquals(new MedianInterval(7, 7, 7, 0), MedianInterval.of(7));
    }

    @Test
    void pairsAreComparedOneByOne() {
        double[] left = {2, 4, 90};
        double[] right = {1, 2, 30};

        assertEquals(2, MedianInterval.ofRatios(left, right).median());
        assertEquals(2, MedianInterval.ofDifferences(left, right).median());
        assertThrows(IllegalArgumentException.class, () -> MedianInterval.ofRatios(left, new double[2]));
    }

    @Test
    void noSampleIsRefused() {
        assertThrows(IllegalArgumentException.class, MedianInterval::of);
    }

    @Test
    void theTrueMedianIsInsideAsOftenAsPromised() {
        Random random = new Random(7);
        int trials = 4000;
        int inside = 0;
        for (int trial = 0; trial < trials; trial++) {
            MedianInterval interval =
                    MedianInterval.of(random.doubles(10).map(u -> -Math.log(u)).toArray());
            if (interval.low() <= Math.log(2) && Math.log(2) <= interval.high()) {
                inside++;
            }
        }
        assertEquals(0.979, inside / (double) trials, 0.01);
    }
}
