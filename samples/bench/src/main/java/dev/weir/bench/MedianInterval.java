package dev.weir.bench;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The median of a few samples and an interval that holds the true median with at least 95 % confidence.
 *
 * <p>The interval is made of order statistics, so it assumes nothing about the distribution: with the samples sorted,
 * the true median lies between the k-th from below and the k-th from above unless fewer than k samples fall on one side
 * of it, which the binomial distribution tells (David and Nagaraja, Order Statistics, 7.1). Below six samples no such
 * interval reaches 95 %; then it spans all samples, and {@code coverage} says what that is worth.
 *
 * @param coverage the confidence that the interval really has, 0 to 1
 */
public record MedianInterval(double median, double low, double high, double coverage) {

    private static final double CONFIDENCE = 0.95;

    /** @throws IllegalArgumentException when there is no sample */
    public static MedianInterval of(double... samples) {
        if (samples.length == 0) {
            throw new IllegalArgumentException("a median needs at least one sample");
        }
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;

        int below = 0; // samples left out on each side
        double coverage = 1 - 2 * probabilityOfAtMost(0, n);
        while (below + 1 < (n + 1) / 2 && 1 - 2 * probabilityOfAtMost(below + 1, n) >= CONFIDENCE) {
            below++;
            coverage = 1 - 2 * probabilityOfAtMost(below, n);
        }
        return new MedianInterval(median, sorted[below], sorted[n - 1 - below], Math.max(0, coverage));
    }

    /** The interval of {@code left[i] / right[i]}: both of one index were measured side by side. */
    public static MedianInterval ofRatios(double[] left, double[] right) {
        return ofPairs(left, right, true);
    }

    /** The interval of {@code left[i] - right[i]}: both of one index were measured side by side. */
    public static MedianInterval ofDifferences(double[] left, double[] right) {
        return ofPairs(left, right, false);
    }

    private static MedianInterval ofPairs(double[] left, double[] right, boolean ratio) {
        if (left.length != right.length) {
            throw new IllegalArgumentException("pairs need two series of one length");
        }
        double[] pairs = new double[left.length];
        Arrays.setAll(pairs, i -> ratio ? left[i] / right[i] : left[i] - right[i]);
        return of(pairs);
    }

    public MedianInterval map(DoubleUnaryOperator increasing) {
        return new MedianInterval(
                increasing.applyAsDouble(median),
                increasing.applyAsDouble(low),
                increasing.applyAsDouble(high),
                coverage);
    }

    /** That at most k of n fair coins show heads. */
    private static double probabilityOfAtMost(int k, int n) {
        double term = Math.pow(0.5, n);
        double sum = term;
        for (int i = 1; i <= k; i++) {
            term *= (double) (n - i + 1) / i;
            sum += term;
        }
        return sum;
    }
}
