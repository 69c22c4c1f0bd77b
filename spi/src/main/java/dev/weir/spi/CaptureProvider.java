package dev.weir.spi;

import dev.weir.OptionSpec;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import java.util.List;

/** A backend, found by {@link java.util.ServiceLoader}. Instances are made anew for every look-up and keep nothing. */
public interface CaptureProvider {
    /** The name before the colon: lower case, unique. */
    String name();

    /** What it captures from, in one sentence. */
    String description();

    /** The options of {@link #open}; all others are refused before it is called. */
    List<OptionSpec> options();

    /** Whether it can work in this process, found out by doing; must leave nothing behind. */
    Availability probe();

    /**
     * Attaches to the source. Nothing that was opened may stay open when this throws.
     *
     * @throws WeirException when the target or an option is wrong, or the source refuses; one line, what to do
     */
    CaptureSource open(CaptureRequest request);

    /**
     * Opens the way out through the same kind of source.
     *
     * @throws WeirException when the backend cannot transmit
     */
    default Transmitter openTransmitter(CaptureRequest request) {
        throw new WeirException("the backend " + name() + " cannot transmit");
    }
}
