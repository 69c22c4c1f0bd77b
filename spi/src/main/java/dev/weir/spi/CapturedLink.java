package dev.weir.spi;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known about a captured interface, by all queues together: each change is logged once, whoever sees it first. Any
 * thread.
 */
public final class CapturedLink {
    private static final Logger LOG = LoggerFactory.getLogger(CapturedLink.class);

    private final String name;
    private State state = State.UP;
    private int index;

    /** What the interface is doing. */
    public enum State {
        /** Packets come. */
        UP,
        /** There, but switched off: nothing comes until it is up again. */
        DOWN,
        /** Deleted: nothing comes until there is one of that name again. */
        GONE
    }

    /** An interface that is taken to be up. */
    public CapturedLink(String name) {
        this.name = name;
    }

    /**
     * Somebody looked.
     *
     * @param index of the interface, which is another one after it was deleted and made anew
     */
    public synchronized void found(State now, int index) {
        boolean same = now == state && (index == this.index || this.index == 0);
        this.index = index;
        if (same) {
            return;
        }
        State before = state;
        state = now;
        switch (now) {
            case DOWN -> LOG.warn("the interface {} is down: nothing is captured until it is up", name);
            case GONE ->
                LOG.warn("the interface {} is gone: nothing is captured until there is one of that name", name);
            case UP ->
                LOG.info(
                        before == State.UP
                                ? "the interface {} was replaced by another of that name: capturing from index {}"
                                : "the interface {} is up: capturing from index {}",
                        name,
                        index);
        }
    }

    /** As last found. */
    public synchronized State state() {
        return state;
    }

    @Override
    public synchronized String toString() {
        return switch (state) {
            case UP -> "the interface " + name + " is up";
            case DOWN -> "the interface " + name + " is down: nothing is captured until it is up";
            case GONE -> "the interface " + name + " is gone: nothing is captured until there is one of that name";
        };
    }
}
