package dev.weir.packet;

/** A GENEVE header (RFC 8926, 3.4) with its options; it stands behind UDP, port 6081. */
public final class GeneveView extends View {
    /** The port by assignment. */
    public static final int PORT = 6081;

    private static final int MIN_LENGTH = 8;
    private static final int VERSION_AND_LENGTH_OFFSET = 0;
    private static final int OPTION_WORDS = 0x3f;
    private static final int FLAGS_OFFSET = 1;
    private static final int CONTROL = 0x80;
    private static final int CRITICAL = 0x40;
    private static final int PROTOCOL_OFFSET = 2;
    private static final int IDENTIFIER_OFFSET = 4;

    /** Of nothing yet. */
    public GeneveView() {}

    /** Moves to a header; false when it is of another version than 0, or cut off before the end of its options. */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, MIN_LENGTH)
                && (bytes.u8(VERSION_AND_LENGTH_OFFSET) >>> 6 == 0 && bytes.length() >= headerLength() || none());
    }

    @Override
    public int headerLength() {
        return MIN_LENGTH + (bytes.u8(VERSION_AND_LENGTH_OFFSET) & OPTION_WORDS) * 4;
    }

    /** True for a message to the tunnel's end, which carries no packet of the tunnel's users. */
    public boolean isControl() {
        return (bytes.u8(FLAGS_OFFSET) & CONTROL) != 0;
    }

    /** True when an option must be understood, or the packet dropped. */
    public boolean hasCriticalOptions() {
        return (bytes.u8(FLAGS_OFFSET) & CRITICAL) != 0;
    }

    /** What it carries, a number of {@link EtherTypes}. */
    public int protocol() {
        return bytes.u16(PROTOCOL_OFFSET);
    }

    /** The identifier of the virtual network (VNI), 24 bits. */
    public int virtualNetwork() {
        return bytes.i32(IDENTIFIER_OFFSET) >>> 8;
    }

    /** Moves a list to the options; empty when there are none. */
    public OptionList options(OptionList list) {
        return list.geneve(bytes, MIN_LENGTH, headerLength() - MIN_LENGTH);
    }
}
