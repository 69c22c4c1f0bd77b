package dev.weir.spi;

/**
 * Takes packets one by one, where they lie: see {@link CaptureQueue#dispatch}. The slot is the same for many packets in a
 * row, so that it stays in the processor's cache and, mostly, in its registers.
 */
public interface PacketSink {
    /** What becomes of the slot. */
    enum Answer {
        /** The packet is done with: its memory and the slot may be used for the next one. */
        DONE,

        /** It stays out, and {@link CaptureQueue#release} follows later. */
        KEPT,

        /** Another thread has the queue now: whoever handed the packet over returns at once and touches nothing any more. */
        LOST
    }

    /**
     * Takes a packet, in the thread that owns the queue. May say verdicts and flush them, give back slots that were kept,
     * this one too, and call {@link CaptureQueue#detach} for it, but not receive. When it throws, the packet counts as
     * done.
     */
    Answer take(Slot slot);

    /** Hands a packet over; its slot goes back to the queue when it is done with, also by what the sink throws. */
    static Answer handOver(CaptureQueue queue, Slot slot, PacketSink sink) {
        Answer answer = Answer.DONE;
        try {
            answer = sink.take(slot);
        } finally {
            if (answer == Answer.DONE) {
                queue.release(slot);
            }
        }
        return answer;
    }
}
