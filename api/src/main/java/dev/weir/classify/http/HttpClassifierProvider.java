package dev.weir.classify.http;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.WeirException;
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
        String text = options.getOrDefault(HEAD_BYTES, Integer.toString(HttpClassifier.STANDARD_HEAD_BYTES));
        int bytes = text.matches("[0-9]{1,7}") ? Integer.parseInt(text) : 0;
        if (bytes < MIN_HEAD_BYTES || bytes > MAX_HEAD_BYTES) {
            throw new WeirException(
                    "http: " + HEAD_BYTES + " must be " + MIN_HEAD_BYTES + " to " + MAX_HEAD_BYTES + ", not " + text);
        }
        return new HttpClassifier(HttpListener.NONE, bytes);
    }
}
