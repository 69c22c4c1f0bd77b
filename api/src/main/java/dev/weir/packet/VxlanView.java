package dev.weir.packet;

/** A VXLAN header (RFC 7348, 5), which carries an Ethernet frame; it stands behind UDP, port 4789 by assignment. */
public final class VxlanView extends View {
    /** The port by assignment. */
    public static final int PORT = 4789;

    /** The port that Linux uses where no other is asked for. */
    public static final int LINUX_PORT = 8472;

    static final int LENGTH = 8;
    private static final int FLAGS_OFFSET = 0;
    private static final int IDENTIFIER_IS_VALID = 0x08;
    private static final int IDENTIFIER_OFFSET = 4;

    /** Of nothing yet. */
    public VxlanView() {}

    /** Moves to a header; false when it is cut off or its identifier is not marked as valid. */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, LENGTH) && ((bytes.u8(FLAGS_OFFSET) & IDENTIFIER_IS_VALID) != 0 || none());
    }

    /** All eight flags; a receiver ignores those that it does not know. */
    public int flags() {
        return bytes.u8(FLAGS_OFFSET);
    }

    /** The identifier of the virtual network (VNI), 24 bits. */
    public int virtualNetwork() {
        return bytes.i32(IDENTIFIER_OFFSET) >>> 8;
    }

    @Override
    public int headerLength() {
        return LENGTH;
    }
}
