package dev.weir;

import java.util.List;
import java.util.Map;

/**
 * A classifier plug-in, found by {@link java.util.ServiceLoader} under this interface: a jar with weir-api alone on its
 * compile path. {@link PipelineBuilder#classify(String, Map)} names it.
 */
public interface ClassifierProvider {
    /** The name users write; lower case, unique among the plug-ins of an application. */
    String name();

    /** What it does, in one sentence. */
    String description();

    /** The options it takes; the engine refuses all others before {@link #create} is called. */
    List<OptionSpec> options();

    /**
     * True for a plug-in whose classifier serves all workers of a pipeline: because what it knows is large, or because it
     * concerns more than a single flow. It is then called by several threads at once.
     */
    default boolean isShared() {
        return false;
    }

    /**
     * Makes a classifier; called once per worker, or once where it {@linkplain #isShared() is shared}, on the thread that
     * opens the pipeline.
     *
     * @param options only names from {@link #options()}, values as the user wrote them
     * @throws WeirException when a value is wrong; the message says what is allowed
     */
    Classifier create(Map<String, String> options);
}
