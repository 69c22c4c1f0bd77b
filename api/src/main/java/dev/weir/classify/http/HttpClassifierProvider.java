package dev.weir.classify.http;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.classify.options.PlugInOptions;
import java.util.List;
import java.util.Map;

/** The plug-in {@code http}. */
public final class HttpClassifierProvider implements ClassifierProvider {
    private static final String HEAD_BYTES = "head-bytes";
    private static final int MIN_HEAD_BYTES = 256;
    private static final int MAX_HEAD_BYTES = 1 << 20;

    /** For {@link java.util.ServiceLoader}. */
    public HttpClassifierProvider() {}

    @Override
    public String name() {
        return "http";
    }

    @Override
    public String description() {
        return "names the application of HTTP/1 flows and the host they ask for";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(new OptionSpec(
                HEAD_BYTES,
                MIN_HEAD_BYTES + " to " + MAX_HEAD_BYTES,
                Integer.toString(HttpClassifier.STANDARD_HEAD_BYTES),
                "The longest head of a request or response that is read."));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Classifier create(Map<String, String> options) {
        int bytes = new PlugInOptions(name(), options)
                .number(HEAD_BYTES, HttpClassifier.STANDARD_HEAD_BYTES, MIN_HEAD_BYTES, MAX_HEAD_BYTES);
        return new HttpClassifier(HttpListener.NONE, bytes);
    }
}
