package dev.weir;

/** Why packets never reached Weir, or passed without it: counted by the kernel or by the backend, per queue. */
public enum Loss {
    /** The receive ring was full (AF_PACKET {@code tp_drops}, AF_XDP {@code rx_ring_full}). */
    RING_FULL,
    /** The kernel's queue of undecided packets was full and dropped (NFQUEUE {@code queue_dropped}). */
    QUEUE_FULL,
    /** The socket's receive buffer was full ({@code ENOBUFS}). */
    SOCKET_OVERRUN,
    /** No free frame for reception (AF_XDP {@code rx_fill_ring_empty_descs}). */
    FILL_RING_EMPTY,
    /** Passed by the kernel without us, because it was told to fail open. */
    FAILED_OPEN,
    /**
     * Dropped by the kernel while we had it (NFQUEUE: interface down, rules removed): its verdict came too late. Such a
     * packet was received and decided, too.
     */
    FLUSHED,
    /** The kernel refused a descriptor (AF_XDP {@code rx_invalid_descs}). */
    INVALID_DESCRIPTOR,
    /** Larger than what the capture has room for in one piece (AF_XDP: a frame, without multi-buffer). */
    TOO_LARGE,
    /** Lost by fault injection of the testkit. */
    INJECTED
}
