package dev.weir.packet;

/**
 * What follows the type of a VLAN tag (IEEE 802.1Q, 9.6): control information, and the type of what is tagged. Of two
 * tags the inner one is the payload of the outer one; {@link EtherTypes#isVlan} tells that there is another.
 */
public final class VlanView extends View {
    private static final int LENGTH = 4;
    private static final int CONTROL_OFFSET = 0;
    private static final int PRIORITY_SHIFT = 13;
    private static final int DROP_ELIGIBLE = 0x1000;
    private static final int IDENTIFIER = 0xfff;
    private static final int TYPE_OFFSET = 2;

    /** Of nothing yet. */
    public VlanView() {}

    /** Moves to the bytes behind the tag's type; false when they are cut off. */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, LENGTH);
    }

    /** 0 to 7 (PCP). */
    public int priority() {
        return bytes.u16(CONTROL_OFFSET) >>> PRIORITY_SHIFT;
    }

    /** True for what may be dropped first where links are full (DEI). */
    public boolean isDropEligible() {
        return (bytes.u16(CONTROL_OFFSET) & DROP_ELIGIBLE) != 0;
    }

    /** 0..4095 (VID); 0 is a priority without a VLAN. */
    public int identifier() {
        return bytes.u16(CONTROL_OFFSET) & IDENTIFIER;
    }

    /** What is tagged, a number of {@link EtherTypes}; up to 1,500 the length of an 802.3 frame. */
    public int type() {
        return bytes.u16(TYPE_OFFSET);
    }

    @Override
    public int headerLength() {
        return LENGTH;
    }
}
