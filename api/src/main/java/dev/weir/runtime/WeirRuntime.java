package dev.weir.runtime;

import dev.weir.Capture;
import dev.weir.KernelFilter;
import dev.weir.Pipeline;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The one service through which the api finds the engine. Applications never call it; they use {@link Pipeline},
 * {@link Capture} and {@link Transmitter}.
 */
public interface WeirRuntime {
    /** Makes a pipeline, or throws {@link WeirException} and leaves nothing behind. */
    Pipeline openPipeline(PipelineSpec spec);

    /** Opens a capture; {@code loader} null for the context class loader. */
    Capture openCapture(String name, Map<String, String> options, ClassLoader loader);

    /** Opens a transmitter; {@code loader} null for the context class loader. */
    Transmitter openTransmitter(String name, Map<String, String> options, ClassLoader loader);

    /** Opens a kernel filter; {@code loader} null for the context class loader. */
    KernelFilter openKernelFilter(String name, Map<String, String> options, ClassLoader loader);

    /** Describes the backends, correlators and classifier plug-ins that were found, and those that cannot work here. */
    List<String> describe(ClassLoader loader);

    /**
     * The engine that {@code loader} sees (null: the context class loader).
     *
     * @throws WeirException when there is none, naming the artifact to add
     */
    static WeirRuntime find(ClassLoader loader) {
        ClassLoader from = loader != null ? loader : Thread.currentThread().getContextClassLoader();
        try {
            return ServiceLoader.load(WeirRuntime.class, from)
                    .findFirst()
                    .orElseThrow(() -> new WeirException(
                            "no engine found: add the artifact dev.weir:weir-spi to the class path or module path"));
        } catch (ServiceConfigurationError e) {
            throw new WeirException("the engine could not be loaded: " + e.getMessage(), e);
        }
    }
}
