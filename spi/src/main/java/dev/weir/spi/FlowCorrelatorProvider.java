package dev.weir.spi;

import dev.weir.FlowCorrelator;
import dev.weir.OptionSpec;
import dev.weir.WeirException;
import java.util.List;

/** A correlator, found by {@link java.util.ServiceLoader}. */
public interface FlowCorrelatorProvider {
    /** The name users write; lower case, unique. */
    String name();

    /** What it knows, in one sentence. */
    String description();

    /** The options of {@link #create}; all others are refused before it is called. */
    List<OptionSpec> options();

    /** Whether it can work in this process, found out by doing; must leave nothing behind. */
    Availability probe();

    /**
     * Makes a correlator for one pipeline, on the thread that opens it: sockets opened here belong to its network
     * namespace.
     *
     * @throws WeirException when an option is wrong, or the kernel refuses; one line, what to do
     */
    FlowCorrelator create(Options options);
}
