package dev.weir.afpacket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known about the interface, by all queues together: each change is logged once, whoever sees it first. Any
 * thread.
 */
final class Link {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final String name;
    private State state = State.UP;
    private int index;

    /** What the interface is doing. */
    enum State {
        UP,
        /** There, but switched off: nothing comes until it is up again. */
        DOWN,
        /** Deleted: nothing comes until there is one of that name again. */
        GONE
    }

    Link(String name) {
        this.name = name;
    }

    /** @param index of the interface, which is another one after it was deleted and made anew */
    synchronized void found(State now, int index) {
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

    synchronized State state() {
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
