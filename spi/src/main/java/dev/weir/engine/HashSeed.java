package dev.weir.engine;

import java.security.SecureRandom;

/**
 * A keyed hash of tuples, so that nobody outside can choose addresses that collide. Folded 64 by 64 bit multiplications
 * (the construction of wyhash): about 4 ns.
 */
final class HashSeed {
    private final long k0;
    private final long k1;
    private final long k2;
    private final long k3;

    HashSeed() {
        SecureRandom random = new SecureRandom();
        // Odd keys: a factor is never zero for want of bits alone.
        k0 = random.nextLong() | 1;
        k1 = random.nextLong() | 1;
        k2 = random.nextLong() | 1;
        k3 = random.nextLong() | 1;
    }

    long hash(long a, long b, long c, long d, long e, long f) {
        return fold(fold(b ^ k0, d ^ k1) ^ a ^ k2, fold(e ^ k1, f ^ k3) ^ c ^ k0);
    }

    private static long fold(long x, long y) {
        return Math.multiplyHigh(x, y) ^ x * y;
    }
}
