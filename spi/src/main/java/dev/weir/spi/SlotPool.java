package dev.weir.spi;

/**
 * The free slots of one queue: a stack, so that the slot used last, still in the cache, is used next. Grows by making
 * slots, up to what was in flight at once. For the queue's owner.
 */
public final class SlotPool {
    private final int queue;
    private Slot[] free = new Slot[64];
    private int count;
    private int lent;

    /** An empty pool for a queue's number. */
    public SlotPool(int queue) {
        this.queue = queue;
    }

    /** A slot to fill. */
    public Slot take() {
        lent++;
        return count == 0 ? new Slot(queue) : free[--count];
    }

    /** Takes a slot back and clears it. */
    public void give(Slot slot) {
        slot.clear();
        makeRoom(1);
        free[count++] = slot;
        lent--;
    }

    /** Takes the first slots of an array back and clears them. */
    public void give(Slot[] slots, int given) {
        for (int i = 0; i < given; i++) {
            slots[i].clear();
        }
        makeRoom(given);
        System.arraycopy(slots, 0, free, count, given);
        count += given;
        lent -= given;
    }

    private void makeRoom(int given) {
        if (count + given > free.length) {
            free = java.util.Arrays.copyOf(free, Math.max(count + given, count * 2));
        }
    }

    /** Slots that are out. */
    public int lent() {
        return lent;
    }
}
