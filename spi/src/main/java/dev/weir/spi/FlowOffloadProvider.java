package dev.weir.spi;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import java.util.List;

/** A kind of kernel filter, found by {@link java.util.ServiceLoader}. Made anew for every look-up; keeps nothing. */
public interface FlowOffloadProvider {
    /** The name before the colon: lower case, unique. */
    String name();

    /** What it does, in one sentence. */
    String description();

    /** The options of {@link #open}; all others are refused before it is called. */
    List<OptionSpec> options();

    /** Whether it can work in this process, found out by doing; must leave nothing behind. */
    Availability probe();

    /**
     * Attaches to interfaces of the calling thread's network namespace. Nothing stays attached or open when this throws.
     *
     * @throws WeirException when the target or an option is wrong, or the kernel refuses; one line, what to do
     */
    FlowOffload open(FlowOffloadRequest request);
}
