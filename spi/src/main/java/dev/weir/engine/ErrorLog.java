package dev.weir.engine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what the application's code throws, once per place and kind, so that a bad packet a second fills no disk. */
final class ErrorLog {
    private static final Logger LOG = LoggerFactory.getLogger("dev.weir.Pipeline");
    private static final int KINDS_MAX = 1_000;

    private final String pipeline;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    ErrorLog(String pipeline) {
        this.pipeline = pipeline;
    }

    /** Any thread. */
    void report(String what, Throwable error) {
        if (seen.size() < KINDS_MAX && seen.add(what + ' ' + error.getClass().getName())) {
            try {
                LOG.warn("{}: {} failed; further ones of this kind are counted, not logged", pipeline, what, error);
            } catch (Throwable t) { // an exception that cannot be printed
                LOG.warn(
                        "{}: {} failed with {}",
                        pipeline,
                        what,
                        error.getClass().getName());
            }
        }
    }

    /** Any thread. */
    void reportOnce(String what) {
        if (seen.size() < KINDS_MAX && seen.add(what)) {
            LOG.warn("{}: {}", pipeline, what);
        }
    }
}
