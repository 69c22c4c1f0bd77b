package dev.weir.nfqueue;

/**
 * What every queue of a capture is asked to be like.
 *
 * @param queueLength packets without a verdict, 0 for as many as make sense
 * @param copyRange bytes of each packet to copy
 * @param receiveBufferBytes asked for; the kernel grants twice that, or less
 * @param flags {@code CFG_F_…}
 * @param inFlightPackets what the pipeline may have in its hands
 * @param kernelTimestamps true to have the kernel stamp packets when they come
 * @param spinNs how long the owner of a queue looks again before it sleeps, 0 for not at all
 * @param verdictThread true to carry verdicts out on another thread while packets have piled up
 * @param marks of packets whose flow is decided
 */
record QueueOptions(
        int queueLength,
        int copyRange,
        int receiveBufferBytes,
        int flags,
        int inFlightPackets,
        boolean kernelTimestamps,
        long spinNs,
        boolean verdictThread,
        FlowMarks marks) {
    static final int QUEUE_LENGTH_MAX = 1_000_000;

    private static final int QUEUE_LENGTH_LEAST = 16_384;

    /** A small packet takes at least so much of the receive buffer, message and bookkeeping of the kernel together. */
    private static final int MESSAGE_BYTES_LEAST = 512;

    boolean failsOpen() {
        return (flags & NfnetlinkQueue.CFG_F_FAIL_OPEN) != 0;
    }

    boolean cutsLargePackets() {
        return (flags & NfnetlinkQueue.CFG_F_GSO) == 0;
    }

    QueueConfig configOf(int number, int grantedBufferBytes) {
        return new QueueConfig(
                number, queueLength != 0 ? queueLength : standardLength(grantedBufferBytes), copyRange, flags);
    }

    /** True when packets can pass uncounted: the kernel counts nothing when it fails open because the queue is full. */
    boolean passesUncounted(int length, int grantedBufferBytes) {
        return failsOpen() && length < uncountedBelow(grantedBufferBytes);
    }

    /** Failing open, the receive buffer is to be full before the queue is: ids then show what passed without us. */
    private int standardLength(int grantedBufferBytes) {
        long length = Math.max(QUEUE_LENGTH_LEAST, 4L * inFlightPackets);
        if (failsOpen()) {
            length = Math.max(length, uncountedBelow(grantedBufferBytes));
        }
        return (int) Math.min(QUEUE_LENGTH_MAX, length);
    }

    private long uncountedBelow(int grantedBufferBytes) {
        return grantedBufferBytes / MESSAGE_BYTES_LEAST + (long) inFlightPackets;
    }
}
