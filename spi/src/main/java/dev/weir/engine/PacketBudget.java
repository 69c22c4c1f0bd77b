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

    /** Claims room for {@code most} packets, or for what is left; {@link #settle} follows. */
    int claim(int most) {
        while (true) {
            long left = free.get();
            int claimed = (int) Math.min(most, left);
            if (free.compareAndSet(left, left - claimed)) {
                return claimed;
            }
        }
    }

    /** Gives back what was claimed and not received; true when this was the last packet of all. */
    boolean settle(int claimed, int received) {
        free.addAndGet(claimed - received);
        return received > 0 && missing.addAndGet(-received) == 0;
    }

    /** True when everything has been received. */
    boolean isSpent() {
        return missing.get() == 0;
    }
}
