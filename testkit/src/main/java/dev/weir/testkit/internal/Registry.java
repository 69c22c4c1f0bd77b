package dev.weir.testkit.internal;

import dev.weir.WeirException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What tests made, by name, for the providers to find; one per JVM and kind. */
public final class Registry<T> {
    private final String what;
    private final String howToMake;
    private final Map<String, T> entries = new ConcurrentHashMap<>();
    private final AtomicLong unnamed = new AtomicLong();

    /**
     * An empty registry.
     *
     * @param what for messages: {@code "memory capture"}
     * @param howToMake code that makes one, with {@code %s} for the name
     */
    public Registry(String what, String howToMake) {
        this.what = what;
        this.howToMake = howToMake;
    }

    /** A name that nobody has chosen. */
    public String newName() {
        return "unnamed-" + unnamed.incrementAndGet();
    }

    /**
     * Makes an entry known.
     *
     * @throws IllegalStateException when there is one of this name
     */
    public void add(String name, T entry) {
        if (entries.putIfAbsent(name, entry) != null) {
            throw new IllegalStateException("there is a " + what + " \"" + name + "\" already: close it first");
        }
    }

    /** Forgets an entry; nothing happens when the name stands for another one. */
    public void remove(String name, T entry) {
        entries.remove(name, entry);
    }

    /**
     * The entry of a name.
     *
     * @throws WeirException when there is none, with how to make one
     */
    public T find(String name) {
        T entry = entries.get(name);
        if (entry == null) {
            throw new WeirException(
                    "there is no " + what + " \"" + name + "\": make it first, with " + howToMake.formatted(name));
        }
        return entry;
    }
}
