package dev.weir.xdp;

/**
 * Where each frame of a queue is. A frame is in one place: free; receiving (in a fill ring, with the kernel, or in an RX
 * ring); or out. What is out may be lent to the pipeline, on its way through a TX ring to its completion, or both,
 * because a verdict and the release of the memory have two lifetimes: it is free again when neither is true.
 *
 * <p>Free frames are a stack: the one used last, still in the cache, is used next. For the queue's owner.
 */
final class Frames {
    private static final byte FREE = 0;
    private static final byte RECEIVING = 1;
    private static final byte LENT = 2;
    private static final byte SENDING = 4;

    private final int base;
    private final byte[] place;
    private final int[] free;
    private int freeCount;
    private int receiving;
    private int lent;
    private int sending;

    /**
     * All free.
     *
     * @param base the number of the first one: frames of another queue may come before it in the same umem
     */
    Frames(int base, int count) {
        this.base = base;
        place = new byte[count];
        free = new int[count];
        freeCount = count;
        for (int i = 0; i < count; i++) {
            free[i] = base + count - 1 - i;
        }
    }

    int count() {
        return place.length;
    }

    int free() {
        return freeCount;
    }

    /** In a fill ring, with the kernel, or in an RX ring. */
    int receiving() {
        return receiving;
    }

    int lent() {
        return lent;
    }

    /** In a TX ring, with the kernel, or in a completion ring; some may be lent as well. */
    int sending() {
        return sending;
    }

    /** A free frame for a fill ring; there is one. */
    int takeToReceive() {
        int frame = free[--freeCount];
        place[frame - base] = RECEIVING;
        receiving++;
        return frame;
    }

    /** A free frame to write and send; there is one. */
    int takeToSend() {
        int frame = free[--freeCount];
        place[frame - base] = SENDING;
        sending++;
        return frame;
    }

    /** A packet arrived in it, and is handed out. */
    void lend(int frame) {
        move(frame, RECEIVING, LENT);
        receiving--;
        lent++;
    }

    /** A packet arrived in it that is not handed out. */
    void discard(int frame) {
        move(frame, RECEIVING, FREE);
        receiving--;
        free[freeCount++] = frame;
    }

    /** It is put into a TX ring while it is lent. */
    void send(int frame) {
        move(frame, LENT, (byte) (LENT | SENDING));
        sending++;
    }

    /** It came back by a completion ring, or never got to the kernel. */
    void sent(int frame) {
        byte before = place[frame - base];
        if ((before & SENDING) == 0) {
            throw misplaced(frame, before);
        }
        sending--;
        leave(frame, (byte) (before & ~SENDING));
    }

    /** The pipeline is done with it. */
    void release(int frame) {
        byte before = place[frame - base];
        if ((before & LENT) == 0) {
            throw misplaced(frame, before);
        }
        lent--;
        leave(frame, (byte) (before & ~LENT));
    }

    /** The sockets are closed: what the kernel had is free; what is lent stays so. */
    void reclaim() {
        for (int i = 0; i < place.length; i++) {
            if (place[i] == RECEIVING || place[i] == SENDING) {
                free[freeCount++] = base + i;
                place[i] = FREE;
            } else {
                place[i] &= ~SENDING;
            }
        }
        receiving = 0;
        sending = 0;
    }

    /** Counts anew, frame by frame; the sums must be what the counters say. For tests and for what is told at the end. */
    boolean isConsistent() {
        int[] found = new int[1 << 3];
        for (byte state : place) {
            found[state]++;
        }
        boolean[] inStack = new boolean[place.length];
        for (int i = 0; i < freeCount; i++) {
            int index = free[i] - base;
            if (inStack[index] || place[index] != FREE) {
                return false;
            }
            inStack[index] = true;
        }
        return found[FREE] == freeCount
                && found[RECEIVING] == receiving
                && found[LENT] + found[LENT | SENDING] == lent
                && found[SENDING] + found[LENT | SENDING] == sending
                && found[FREE] + found[RECEIVING] + found[LENT] + found[SENDING] + found[LENT | SENDING]
                        == place.length;
    }

    private void leave(int frame, byte left) {
        place[frame - base] = left;
        if (left == FREE) {
            free[freeCount++] = frame;
        }
    }

    private void move(int frame, byte from, byte to) {
        byte before = place[frame - base];
        if (before != from) {
            throw misplaced(frame, before);
        }
        place[frame - base] = to;
    }

    private static IllegalStateException misplaced(int frame, byte place) {
        return new IllegalStateException("frame " + frame + " is in state " + place);
    }

    @Override
    public String toString() {
        return freeCount + " free, " + receiving + " receiving, " + lent + " lent, " + sending + " sending";
    }
}
