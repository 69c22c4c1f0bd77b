package dev.weir.engine;

import java.util.function.LongSupplier;

/**
 * Whether a thread takes the processor from nobody when it spins: it has hardly had to wait for one itself of late. With one
 * client and one server behind a filter on two processors it waited for a twentieth of the time, whether it slept or spun;
 * with sixty-four clients for half of it. For one thread.
 */
final class SpareTime {
    private static final long LOOK_EVERY_NS = 10_000_000;

    /** Waiting for one in so many parts of the time, or for more, is too much. */
    private static final int PARTS = 3;

    /** So many looks in a row have to find spare time: a crowd comes in waves. */
    private static final int LOOKS = 10;

    private final LongSupplier waitedNs;
    private int looksInARow;
    private boolean looked;
    private long lookedNs;
    private long waitedThenNs;

    /** @param waitedNs how long the thread has waited for a processor since it began; negative where nobody knows */
    SpareTime(LongSupplier waitedNs) {
        this.waitedNs = waitedNs;
    }

    /** As of the last look. */
    boolean wasThere() {
        return looksInARow == LOOKS;
    }

    /** Looks if the last look is some time ago. */
    boolean isThere(long nowNs) {
        if (!looked || nowNs - lookedNs >= LOOK_EVERY_NS) {
            look(nowNs);
        }
        return wasThere();
    }

    private void look(long nowNs) {
        long nowWaitedNs = waitedNs.getAsLong();
        boolean spare = looked && nowWaitedNs >= 0 && (nowWaitedNs - waitedThenNs) * PARTS < nowNs - lookedNs;
        looksInARow = spare ? Math.min(LOOKS, looksInARow + 1) : 0;
        looked = true;
        lookedNs = nowNs;
        waitedThenNs = nowWaitedNs;
    }
}
