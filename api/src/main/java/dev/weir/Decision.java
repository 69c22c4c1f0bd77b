package dev.weir;

/** One packet's verdict, as told to a {@link DecisionListener}. The object is reused after the call. */
public interface Decision {
    /**
     * The packet's flow; null when it was decided without looking for one: while paused, beyond the in-flight bound, by
     * its deadline, or because a classifier did not return before the end.
     */
    Flow flow();

    /** Which way the packet went. */
    Direction direction();

    /** The verdict as it was carried out, or would have been by an advisory pipeline. */
    Verdict verdict();

    /** Who decided. */
    Ledger.Cause cause();

    /** The packet's time stamp, nanoseconds since 1970 (UTC). */
    long timestampNs();

    /**
     * When the verdict took effect here, nanoseconds since 1970 (UTC), by the clock of this host; minus {@link
     * #timestampNs()} on a live capture it is how long the packet waited since it was stamped.
     */
    long decidedNs();

    /** Bytes on the wire. */
    int wireLength();

    /** The capture queue it came by. */
    int queue();
}
