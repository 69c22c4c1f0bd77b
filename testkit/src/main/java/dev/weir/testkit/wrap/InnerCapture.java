package dev.weir.testkit.wrap;

import dev.weir.WeirException;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * The capture that another one goes around.
 *
 * @param name as users write it
 * @param options more options
 * @param loader where its provider is looked for; null for the context class loader
 */
record InnerCapture(String name, Map<String, String> options, ClassLoader loader) {
    CaptureSource open(CaptureRequest outer) {
        CaptureName parsed = CaptureName.parse(name, options);
        CaptureProvider provider = provider(parsed.backend());
        return provider.open(new CaptureRequest(
                parsed.target(),
                Options.of(provider.name(), provider.options(), parsed.options()),
                outer.inFlightPackets(),
                outer.inFlightBytes()));
    }

    private CaptureProvider provider(String backend) {
        Map<String, CaptureProvider> found = new TreeMap<>();
        ClassLoader from = loader != null ? loader : Thread.currentThread().getContextClassLoader();
        for (CaptureProvider provider : ServiceLoader.load(CaptureProvider.class, from)) {
            found.put(provider.name(), provider);
        }
        CaptureProvider provider = found.get(backend);
        if (provider == null) {
            throw new WeirException("no backend \"" + backend + "\" to go around; found: "
                    + (found.isEmpty() ? "none" : String.join(", ", found.keySet())));
        }
        return provider;
    }
}
