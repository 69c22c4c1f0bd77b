package dev.weir.testkit.wrap;

import dev.weir.OptionSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import java.util.List;

/** Finds captures that go around another one, by name. These are made in the test, so there is nothing to set. */
abstract class WrappingProvider implements CaptureProvider {
    private final String name;
    private final String description;

    WrappingProvider(String name, String description) {
        this.name = name;
        this.description = description;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of();
    }

    @Override
    public Availability probe() {
        return Availability.YES;
    }
}
