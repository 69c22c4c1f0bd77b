package dev.weir.stream;

import dev.weir.WeirException;
import java.time.Duration;
import java.util.Objects;

/**
 * Bounds of a {@link Defragmenter}. When one is reached, the datagram that has been incomplete for longest makes room and
 * is counted.
 *
 * @param maxDatagrams datagrams that are remembered at once, each about 500 bytes beside its fragments
 * @param memoryBytes memory for fragments, at least 256 KiB: two datagrams of the largest size, one of them growing
 * @param timeout how long after its first fragment a datagram may be completed, in the time of the packets. Hosts wait
 *     for 60 s at most (RFC 8200, 4.5); to wait for less than they do is to miss what they read
 */
public record FragmentLimits(int maxDatagrams, long memoryBytes, Duration timeout) {
    private static final int MAX_DATAGRAMS = 1 << 20;
    private static final long MIN_MEMORY_BYTES = 256 << 10;

    /** 1,024 datagrams, 16 MiB, 60 s. */
    public static final FragmentLimits DEFAULT = new FragmentLimits(1024, 16L << 20, Duration.ofSeconds(60));

    public FragmentLimits {
        if (maxDatagrams < 1 || maxDatagrams > MAX_DATAGRAMS) {
            throw new WeirException("maxDatagrams must be 1 to " + MAX_DATAGRAMS + ", not " + maxDatagrams);
        }
        if (memoryBytes < MIN_MEMORY_BYTES) {
            throw new WeirException("memoryBytes must be at least " + MIN_MEMORY_BYTES + ", not " + memoryBytes);
        }
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new WeirException("timeout must be more than zero and at most an hour, not " + timeout);
        }
    }

    /** The same with another number of datagrams. */
    public FragmentLimits withMaxDatagrams(int datagrams) {
        return new FragmentLimits(datagrams, memoryBytes, timeout);
    }

    /** The same with other memory. */
    public FragmentLimits withMemoryBytes(long bytes) {
        return new FragmentLimits(maxDatagrams, bytes, timeout);
    }

    /** The same with more or less patience. */
    public FragmentLimits withTimeout(Duration timeout) {
        return new FragmentLimits(maxDatagrams, memoryBytes, timeout);
    }
}
