package dev.weir.engine;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.FlowCorrelator;
import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.runtime.PipelineSpec;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.FlowCorrelatorProvider;
import dev.weir.spi.FlowOffloadProvider;
import dev.weir.spi.Options;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;

/** Finds backends, correlators and classifier plug-ins in a class loader, and says what was found when one is missing. */
final class Providers {
    private final ClassLoader loader;
    private final Map<PipelineSpec.ClassifierSource, Classifier> shared = new IdentityHashMap<>();

    /** Looks in a loader; null for the context class loader. */
    Providers(ClassLoader loader) {
        this.loader = loader != null ? loader : Thread.currentThread().getContextClassLoader();
    }

    CaptureProvider capture(String name) {
        Found<CaptureProvider> found = load(ServiceLoader.load(CaptureProvider.class, loader));
        return found.named(name, CaptureProvider::name, "backend", "add " + artifact(name));
    }

    private static String artifact(String backend) {
        return switch (backend) {
            case "memory", "faulty", "audited" -> "its artifact, dev.weir:weir-testkit";
            case "pcap" -> "its artifact, dev.weir:weir-spi";
            case "afpacket", "nfqueue", "xdp" -> "its artifact, dev.weir:weir-impl-" + backend;
            default -> "the artifact that has it";
        };
    }

    FlowCorrelator correlator(String name, Map<String, String> options) {
        Found<FlowCorrelatorProvider> found = load(ServiceLoader.load(FlowCorrelatorProvider.class, loader));
        FlowCorrelatorProvider provider =
                found.named(name, FlowCorrelatorProvider::name, "correlator", "add the artifact that has it");
        return provider.create(Options.of(name, provider.options(), options));
    }

    FlowOffloadProvider offload(String name) {
        Found<FlowOffloadProvider> found = load(ServiceLoader.load(FlowOffloadProvider.class, loader));
        return found.named(
                name,
                FlowOffloadProvider::name,
                "kernel filter",
                "add the artifact that has it, dev.weir:weir-impl-xdp");
    }

    /** A plug-in's classifier; always the same for a source whose plug-in is shared. */
    Classifier classifier(PipelineSpec.ClassifierSource source) {
        Classifier there = shared.get(source);
        if (there != null) {
            return there;
        }
        String name = source.name();
        Map<String, String> options = source.options();
        Found<ClassifierProvider> found = load(ServiceLoader.load(ClassifierProvider.class, loader));
        ClassifierProvider provider =
                found.named(name, ClassifierProvider::name, "classifier plug-in", "add the jar that has it");
        Options.of(name, provider.options(), options);
        Classifier classifier = provider.create(options);
        if (provider.isShared()) {
            shared.put(source, classifier);
        }
        return classifier;
    }

    List<String> describe() {
        List<String> lines = new ArrayList<>();
        Found<CaptureProvider> captures = load(ServiceLoader.load(CaptureProvider.class, loader));
        for (CaptureProvider provider : captures.providers) {
            lines.add("backend " + provider.name() + ": " + provider.description() + availability(provider.probe()));
            options(lines, provider.options());
        }
        Found<FlowCorrelatorProvider> correlators = load(ServiceLoader.load(FlowCorrelatorProvider.class, loader));
        for (FlowCorrelatorProvider provider : correlators.providers) {
            lines.add("correlator " + provider.name() + ": " + provider.description() + availability(provider.probe()));
            options(lines, provider.options());
        }
        Found<FlowOffloadProvider> offloads = load(ServiceLoader.load(FlowOffloadProvider.class, loader));
        for (FlowOffloadProvider provider : offloads.providers) {
            lines.add("kernel filter " + provider.name() + ": " + provider.description()
                    + availability(provider.probe()));
            options(lines, provider.options());
        }
        Found<ClassifierProvider> classifiers = load(ServiceLoader.load(ClassifierProvider.class, loader));
        for (ClassifierProvider provider : classifiers.providers) {
            lines.add("classifier " + provider.name() + ": " + provider.description());
            options(lines, provider.options());
        }
        captures.broken.forEach(cause -> lines.add("broken: " + cause));
        correlators.broken.forEach(cause -> lines.add("broken: " + cause));
        offloads.broken.forEach(cause -> lines.add("broken: " + cause));
        classifiers.broken.forEach(cause -> lines.add("broken: " + cause));
        return lines;
    }

    private static void options(List<String> lines, List<OptionSpec> options) {
        for (OptionSpec option : options) {
            String standard = option.standard().isEmpty() ? "" : " (standard: " + option.standard() + ")";
            lines.add("    " + option.name() + "=" + option.allowed() + standard + "  " + option.help());
        }
    }

    private static String availability(Availability availability) {
        return switch (availability.answer()) {
            case YES -> "";
            case NO -> " (not here: " + availability.cause() + ")";
            case UNKNOWN -> " (could not be told: " + availability.cause() + ")";
        };
    }

    /** What a look-up gave: providers, and those that could not be loaded, with the cause. */
    private record Found<P>(List<P> providers, List<String> broken) {
        P named(String name, Function<P, String> nameOf, String what, String advice) {
            for (P provider : providers) {
                if (nameOf.apply(provider).equals(name)) {
                    return provider;
                }
            }
            String known = providers.isEmpty()
                    ? "none were found"
                    : "found: "
                            + String.join(
                                    ", ",
                                    providers.stream().map(nameOf).sorted().toList());
            String causes = broken.isEmpty() ? "" : "; could not be loaded: " + String.join("; ", broken);
            throw new WeirException("no " + what + " \"" + name + "\"; " + known + causes + "; " + advice);
        }
    }

    private static <P> Found<P> load(ServiceLoader<P> services) {
        List<P> providers = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        Iterator<ServiceLoader.Provider<P>> iterator = services.stream().iterator();
        while (true) {
            try {
                if (!iterator.hasNext()) {
                    return new Found<>(providers, broken);
                }
                providers.add(iterator.next().get());
            } catch (ServiceConfigurationError | LinkageError e) {
                broken.add(String.valueOf(e.getMessage()));
            }
        }
    }
}
