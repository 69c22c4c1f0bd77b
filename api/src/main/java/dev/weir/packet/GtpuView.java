package dev.weir.packet;

/**
 * A GTP-U header with its extension headers (3GPP TS 29.281, 5.1 and 5.2), which carries the IP packets of a mobile
 * network's users; it stands behind UDP, port 2152.
 */
public final class GtpuView extends View {
    /** The port by assignment. */
    public static final int PORT = 2152;

    /** A message that carries a packet (6.1). */
    public static final int G_PDU = 255;

    private static final int MIN_LENGTH = 8;
    private static final int OPTIONAL_END = 12;
    private static final int FLAGS_OFFSET = 0;
    private static final int VERSION_1 = 1;
    private static final int PROTOCOL_TYPE_GTP = 0x10;
    private static final int HAS_EXTENSION = 0x04;
    private static final int HAS_SEQUENCE = 0x02;
    private static final int HAS_NPDU_NUMBER = 0x01;
    private static final int HAS_OPTIONAL = HAS_EXTENSION | HAS_SEQUENCE | HAS_NPDU_NUMBER;
    private static final int MESSAGE_TYPE_OFFSET = 1;
    private static final int MESSAGE_LENGTH_OFFSET = 2;
    private static final int TUNNEL_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 8;
    private static final int NPDU_NUMBER_OFFSET = 10;
    private static final int NEXT_EXTENSION_OFFSET = 11;
    private static final int NO_MORE_EXTENSIONS = 0;

    private int headerLength;

    /** Of nothing yet. */
    public GtpuView() {}

    /**
     * Moves to a header; false when it is not version 1, cut off before the end of its extension headers, or claims
     * more than there is room for.
     */
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, MIN_LENGTH)
                || bytes.u8(FLAGS_OFFSET) >>> 5 != VERSION_1
                || (bytes.u8(FLAGS_OFFSET) & PROTOCOL_TYPE_GTP) == 0
                || MIN_LENGTH + messageLength() > length) {
            return none();
        }
        headerLength = (bytes.u8(FLAGS_OFFSET) & HAS_OPTIONAL) == 0 ? MIN_LENGTH : OPTIONAL_END;
        int end = Math.min(bytes.length(), MIN_LENGTH + messageLength());
        bytes.wrap(bytes, 0, end); // what stands behind the message is none of it
        return end >= headerLength && (!hasExtensions() || skipExtensions(end)) || none();
    }

    /** Every extension header is at least four bytes long, so the loop ends with the message. */
    private boolean skipExtensions(int end) {
        while (bytes.u8(headerLength - 1) != NO_MORE_EXTENSIONS) {
            int extensionLength = headerLength < end ? bytes.u8(headerLength) * 4 : 0;
            if (extensionLength == 0 || headerLength + extensionLength > end) {
                return false;
            }
            headerLength += extensionLength;
        }
        return true;
    }

    @Override
    public int headerLength() {
        return headerLength;
    }

    /** {@link #G_PDU} for one that carries a packet. */
    public int messageType() {
        return bytes.u8(MESSAGE_TYPE_OFFSET);
    }

    /** Bytes behind the first eight of the header. */
    public int messageLength() {
        return bytes.u16(MESSAGE_LENGTH_OFFSET);
    }

    /** Bytes that the message carries behind its headers; some may be missing from the capture. */
    public int payloadLength() {
        return MIN_LENGTH + messageLength() - headerLength;
    }

    /** The identifier of the tunnel's end (TEID), 0..4,294,967,295; each direction has its own. */
    public long tunnelEndpoint() {
        return bytes.u32(TUNNEL_OFFSET);
    }

    public boolean hasSequence() {
        return (bytes.u8(FLAGS_OFFSET) & HAS_SEQUENCE) != 0;
    }

    /** 0..65,535; 0 where there is none. */
    public int sequence() {
        return hasSequence() ? bytes.u16(SEQUENCE_OFFSET) : 0;
    }

    public boolean hasNpduNumber() {
        return (bytes.u8(FLAGS_OFFSET) & HAS_NPDU_NUMBER) != 0;
    }

    /** 0..255; 0 where there is none. */
    public int npduNumber() {
        return hasNpduNumber() ? bytes.u8(NPDU_NUMBER_OFFSET) : 0;
    }

    /** True when extension headers may follow; {@link #extensions} tells which. */
    public boolean hasExtensions() {
        return (bytes.u8(FLAGS_OFFSET) & HAS_EXTENSION) != 0;
    }

    /** Moves a list to the extension headers; empty when there are none. */
    public OptionList extensions(OptionList list) {
        return hasExtensions()
                ? list.gtp(bytes, OPTIONAL_END, headerLength - OPTIONAL_END, bytes.u8(NEXT_EXTENSION_OFFSET))
                : list.gtp(bytes, 0, 0, NO_MORE_EXTENSIONS);
    }
}
