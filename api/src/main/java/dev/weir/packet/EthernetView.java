package dev.weir.packet;

/** The header of an Ethernet frame (IEEE 802.3, 3.2): destination, source, type. */
public final class EthernetView extends View {
    static final int LENGTH = 14;
    private static final int DESTINATION_OFFSET = 0;
    private static final int SOURCE_OFFSET = 6;
    static final int TYPE_OFFSET = 12;

    /** Values up to here are the length of an 802.3 frame, not a type (IEEE 802.3, 3.2.6). */
    static final int MAX_8023_LENGTH = 1500;

    /** Of nothing yet. */
    public EthernetView() {}

    /** Moves to a header; false when it is cut off. */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, LENGTH);
    }

    /** Where the frame goes, 48 bits; see {@link MacAddress}. */
    public long destination() {
        return MacAddress.read(bytes, DESTINATION_OFFSET);
    }

    /** Where the frame comes from, 48 bits. */
    public long source() {
        return MacAddress.read(bytes, SOURCE_OFFSET);
    }

    /** What follows, a number of {@link EtherTypes}; up to 1,500 the length of an 802.3 frame, behind which LLC begins. */
    public int type() {
        return bytes.u16(TYPE_OFFSET);
    }

    /** True for a frame whose length stands in place of a type. */
    public boolean isLengthInsteadOfType() {
        return type() <= MAX_8023_LENGTH;
    }

    @Override
    public int headerLength() {
        return LENGTH;
    }
}
