package dev.weir.stream;

/** What becomes of packets while their stream is being collected. */
public enum StreamMode {
    /**
     * They wait ({@link dev.weir.Verdict#HOLD}) as long as bytes are collected that the inspector has not consumed. Its
     * opinion then holds for all that wait.
     */
    HOLD,
    /** They go on to the next classifier; the inspector's opinion decides the packet that brought it about. */
    PASS
}
