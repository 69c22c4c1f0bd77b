package dev.weir.fuzz;

import dev.weir.packet.Bytes;
import java.util.function.Consumer;

/**
 * A parser, and how to feed it bytes. Whatever the bytes are, {@link #read} must return: anything it throws is a finding,
 * so is what takes longer than {@link #timeLimitNs} or allocates more than {@link #allocationLimitBytes}.
 *
 * <p>One instance reads all inputs, one after the other, on one thread; what it keeps between them (views that are
 * re-wrapped) must not change how the next one is read.
 */
public interface FuzzTarget {
    /** What it is called on the command line: lower case, words joined with hyphens. */
    String name();

    /**
     * Reads an input. The first bytes may say how to read the others (a link type, a direction).
     *
     * @param input as long as the input, nothing behind it; valid during the call
     */
    void read(Bytes input) throws Exception;

    /** Hands out inputs to begin with; none where the target's file of inputs is enough. */
    default void seeds(Captures captures, Consumer<byte[]> sink) {}

    /** The most that reading an input may allocate; the standard is nothing at all. */
    default long allocationLimitBytes(int inputLength) {
        return 0;
    }

    /** The longest that reading an input may take once it is compiled; the standard is a millisecond. */
    default long timeLimitNs(int inputLength) {
        return 1_000_000;
    }
}
