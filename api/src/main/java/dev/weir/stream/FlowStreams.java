package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.Flow;

/** Both directions of one flow. */
final class FlowStreams {
    private final StreamOptions options;
    private final DirectionStream forward;
    private final DirectionStream reverse;

    FlowStreams(StreamOptions options, boolean wanted) {
        this.options = options;
        forward = new DirectionStream(Direction.FORWARD, options);
        reverse = new DirectionStream(Direction.REVERSE, options);
        if (!wanted) {
            forward.enough();
            reverse.enough();
        }
    }

    DirectionStream of(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    /** True when packets are to be held for the sake of bytes that were not consumed. */
    boolean waits() {
        return options.mode() == StreamMode.HOLD && (forward.holdsBytes() || reverse.holdsBytes());
    }

    void abandon(StreamInspector inspector, Flow flow) {
        forward.abandon(inspector, flow);
        reverse.abandon(inspector, flow);
    }
}
