package dev.weir.afpacket;

import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;

/** Keeps what it takes in an array. */
final class SlotBatch implements PacketSink {
    private Slot[] slots = {};
    private int size;

    /** Begins at index 0 of an array; nobody hands over more than it holds. */
    void begin(Slot[] slots) {
        this.slots = slots;
        size = 0;
    }

    @Override
    public Answer take(Slot slot) {
        slots[size++] = slot;
        return Answer.KEPT;
    }
}
