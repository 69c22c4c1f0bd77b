package dev.weir;

/** Which way a packet travels within its flow (the terms of RFC 5103, bidirectional flow export). */
public enum Direction {
    /** The way of the {@link Flow#key() flow's key}: from the side that opened the conversation, as far as was seen. */
    FORWARD,
    /** The way of the answers. */
    REVERSE;

    /** The other way. */
    public Direction opposite() {
        return this == FORWARD ? REVERSE : FORWARD;
    }
}
