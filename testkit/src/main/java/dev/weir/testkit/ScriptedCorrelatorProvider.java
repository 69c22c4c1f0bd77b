package dev.weir.testkit;

import dev.weir.FlowCorrelator;
import dev.weir.OptionSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.FlowCorrelatorProvider;
import dev.weir.spi.Options;
import java.util.List;

/** Finds {@link ScriptedCorrelator}s by name; made by {@link java.util.ServiceLoader}. */
public final class ScriptedCorrelatorProvider implements FlowCorrelatorProvider {
    /** For the service loader. */
    public ScriptedCorrelatorProvider() {}

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public String description() {
        return "answers that a test gives";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(new OptionSpec(
                "name", "the name of a ScriptedCorrelator", "", "which scripted correlator of this JVM answers"));
    }

    @Override
    public Availability probe() {
        return Availability.YES;
    }

    @Override
    public FlowCorrelator create(Options options) {
        return ScriptedCorrelator.find(options.text("name"));
    }
}
