package dev.weir;

import java.util.Objects;
import java.util.function.Consumer;

/**
 * A key under which a classifier keeps an object of its own in each flow: {@link Flow#get}, {@link Flow#put}. The
 * object is released with the flow. Make one key per classifier instance and kind of state; a flow holds a handful of
 * states and finds them by comparing references.
 *
 * @param <T> what is kept
 */
public final class FlowState<T> {
    private final String name;
    private final Consumer<? super T> release;

    private FlowState(String name, Consumer<? super T> release) {
        this.name = Objects.requireNonNull(name, "name");
        this.release = Objects.requireNonNull(release, "release");
    }

    /** A key whose objects need nothing done when their flow ends. */
    public static <T> FlowState<T> named(String name) {
        return new FlowState<>(name, state -> {});
    }

    /** A key whose objects are handed to {@code release} when their flow ends, on the flow's thread. */
    public static <T> FlowState<T> named(String name, Consumer<? super T> release) {
        return new FlowState<>(name, release);
    }

    /** Hands {@code state} to the release action. The engine calls it; nobody else needs to. */
    public void release(T state) {
        release.accept(state);
    }

    /** The name given, for people. */
    @Override
    public String toString() {
        return name;
    }
}
