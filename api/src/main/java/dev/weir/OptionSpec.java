package dev.weir;

import java.util.Objects;

/**
 * Describes one option of a backend, correlator or classifier plug-in, for help texts and for refusing wrong ones.
 *
 * @param name as users write it, for example {@code "block-size"}
 * @param allowed what values are allowed, for people: {@code "64KiB to 16MiB, a power of two"}
 * @param standard the value when it is not given, as users would write it; empty for none
 * @param help one sentence
 */
public record OptionSpec(String name, String allowed, String standard, String help) {
    public OptionSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(allowed, "allowed");
        Objects.requireNonNull(standard, "standard");
        Objects.requireNonNull(help, "help");
    }
}
