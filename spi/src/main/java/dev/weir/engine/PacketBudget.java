package dev.weir.engine;

import java.util.concurrent.atomic.AtomicLong;

/** How many packets a pipeline may still take from its source; shared by its queues, asked once a batch. */
final class PacketBudget {
    /** What nobody has claimed. */
    private final AtomicLong free;

    /** What has not been received, claimed or not. */
    private final AtomicLong missing;

    PacketBudget(long packets) {
        free = new AtomicLong(packets);
        missing = new AtomicLong(packets);
    }

    /** Claims room for {@code most} packets, or for what is left; {@link #giveBack} follows. */
    int claim(int most) {
        while (true) {
            long left = free.get();
            int claimed = (int) Math.min(most, left);
            if (free.compareAndSet(left, left - claimed)) {
                return claimed;
            }
        }
    }

    /** Gives back what was claimed and not received. */
    void giveBack(int packets) {
        free.addAndGet(packets);
    }

    /** Packets that were claimed have been received; true when the last of all is among them. */
    boolean received(int packets) {
        return missing.addAndGet(-packets) == 0;
    }

    /** True when everything has been received. */
    boolean isSpent() {
        return missing.get() == 0;
    }
}
