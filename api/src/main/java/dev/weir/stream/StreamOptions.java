package dev.weir.stream;

import dev.weir.WeirException;
import java.time.Duration;
import java.util.Objects;

/**
 * What a {@link StreamClassifier} collects, and its bounds.
 *
 * @param bytesPerDirection at most so many bytes of one direction are kept at once, out-of-order ones included; a stream
 *     whose inspector consumes may be of any length
 * @param memoryBytes bound of all that is kept, for each thread that classifies
 * @param mode whether packets wait for the inspector's opinion
 * @param gapTimeout how long a missing segment is waited for, in the time of the packets ({@code timestampNs})
 * @param midstream whether connections are read whose beginning was not seen
 * @param datagrams whether the inspector is shown UDP datagrams too
 * @param verifyChecksums whether segments and datagrams with a wrong checksum are left out, as their receiver does. For inline
 *     filters; a capture on the sending host shows packets whose checksums the network card has yet to compute, and a file
 *     does not say so
 */
public record StreamOptions(
        int bytesPerDirection,
        long memoryBytes,
        StreamMode mode,
        Duration gapTimeout,
        boolean midstream,
        boolean datagrams,
        boolean verifyChecksums) {
    private static final int MAX_BYTES_PER_DIRECTION = 1 << 24;

    /**
     * 16 KiB a direction, 64 MiB a thread, packets pass while bytes are collected, gaps after 5 s, midstream, TCP alone,
     * any checksum.
     */
    public static final StreamOptions DEFAULT =
            new StreamOptions(16_384, 64L << 20, StreamMode.PASS, Duration.ofSeconds(5), true, false, false);

    public StreamOptions {
        if (bytesPerDirection < 1 || bytesPerDirection > MAX_BYTES_PER_DIRECTION) {
            throw new WeirException(
                    "bytesPerDirection must be 1 to " + MAX_BYTES_PER_DIRECTION + ", not " + bytesPerDirection);
        }
        if (memoryBytes < 4L * bytesPerDirection) {
            throw new WeirException("memoryBytes must be at least four times bytesPerDirection, "
                    + 4L * bytesPerDirection + ", not " + memoryBytes);
        }
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(gapTimeout, "gapTimeout");
        if (gapTimeout.isNegative() || gapTimeout.compareTo(Duration.ofDays(1)) > 0) {
            throw new WeirException("gapTimeout must be 0 to a day, not " + gapTimeout);
        }
    }

    /** The same with another bound for each direction of a flow. */
    public StreamOptions withBytesPerDirection(int bytes) {
        return new StreamOptions(bytes, memoryBytes, mode, gapTimeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with another bound for all flows of a thread. */
    public StreamOptions withMemoryBytes(long bytes) {
        return new StreamOptions(bytesPerDirection, bytes, mode, gapTimeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with packets that wait, or do not. */
    public StreamOptions withMode(StreamMode mode) {
        return new StreamOptions(
                bytesPerDirection, memoryBytes, mode, gapTimeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with more or less patience for missing segments. */
    public StreamOptions withGapTimeout(Duration timeout) {
        return new StreamOptions(bytesPerDirection, memoryBytes, mode, timeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with or without connections whose beginning was not seen. */
    public StreamOptions withMidstream(boolean midstream) {
        return new StreamOptions(
                bytesPerDirection, memoryBytes, mode, gapTimeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with or without UDP datagrams. */
    public StreamOptions withDatagrams(boolean datagrams) {
        return new StreamOptions(
                bytesPerDirection, memoryBytes, mode, gapTimeout, midstream, datagrams, verifyChecksums);
    }

    /** The same with or without a look at checksums. */
    public StreamOptions withVerifyChecksums(boolean verify) {
        return new StreamOptions(bytesPerDirection, memoryBytes, mode, gapTimeout, midstream, datagrams, verify);
    }
}
