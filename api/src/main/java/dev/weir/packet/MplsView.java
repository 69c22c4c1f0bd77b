package dev.weir.packet;

/** A stack of MPLS labels (RFC 3032, 2.1), the outermost first. What follows the bottom is not said by the labels. */
public final class MplsView extends View {
    private static final int ENTRY_LENGTH = 4;
    private static final int BOTTOM = 0x100;
    private static final int LABEL_SHIFT = 12;
    private static final int TRAFFIC_CLASS_SHIFT = 9;

    private int count;

    /** Of nothing yet. */
    public MplsView() {}

    /** Moves to a stack; false when its bottom is cut off. Every label is four bytes, so the search ends. */
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, ENTRY_LENGTH)) {
            return false;
        }
        count = 1;
        while ((entry(count - 1) & BOTTOM) == 0) {
            if (bytes.length() < (count + 1) * ENTRY_LENGTH) {
                return none();
            }
            count++;
        }
        return true;
    }

    private int entry(int index) {
        return bytes.i32(index * ENTRY_LENGTH);
    }

    /** Labels in the stack, at least one. */
    public int count() {
        return count;
    }

    /** A label, 20 bits; 0 is the outermost. */
    public int label(int index) {
        return entry(index) >>> LABEL_SHIFT;
    }

    /** 0 to 7, formerly "experimental" (RFC 5462). */
    public int trafficClass(int index) {
        return entry(index) >>> TRAFFIC_CLASS_SHIFT & 7;
    }

    /** 0..255. */
    public int timeToLive(int index) {
        return entry(index) & 0xff;
    }

    @Override
    public int headerLength() {
        return count * ENTRY_LENGTH;
    }
}
