package dev.weir.stream;

/** Whether more bytes of one direction may come, and if not, why. */
public enum StreamEnd {
    /** More may come. */
    OPEN,
    /** All bytes up to the FIN have been shown. */
    FINISHED,
    /** The flow ended after a RST: see {@link StreamInspector#abandoned}. What was missing then stays missing. */
    RESET,
    /** As many bytes as {@link StreamOptions#bytesPerDirection()} are collected, and none was consumed. */
    LIMIT,
    /** The next segment did not come in time ({@link StreamOptions#gapTimeout()}) or can no longer come. */
    GAP,
    /** The memory was needed for streams that are more recent ({@link StreamOptions#memoryBytes()}); what was collected is gone. */
    MEMORY,
    /** The flow left the table, or the pipeline ended: see {@link StreamInspector#abandoned}. */
    ABANDONED
}
