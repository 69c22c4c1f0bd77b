package dev.weir.spi;

/** Keeps what it takes in an array: how a queue that dispatches is also one that packets are received from. */
public final class SlotBatch implements PacketSink {
    private Slot[] slots = {};
    private int size;

    /** Begins with no array. */
    public SlotBatch() {}

    /** Begins at index 0 of an array; nobody hands over more than it holds. */
    public void begin(Slot[] slots) {
        this.slots = slots;
        size = 0;
    }

    @Override
    public Answer take(Slot slot) {
        slots[size++] = slot;
        return Answer.KEPT;
    }
}
