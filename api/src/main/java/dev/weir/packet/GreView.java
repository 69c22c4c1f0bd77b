package dev.weir.packet;

/**
 * A GRE header with checksum, key and sequence number (RFC 2784, RFC 2890), in the form of NVGRE (RFC 7637) too, or the
 * enhanced one of PPTP (RFC 2637), version 1.
 */
public final class GreView extends View {
    private static final int MIN_LENGTH = 4;
    private static final int FLAGS_OFFSET = 0;
    private static final int HAS_CHECKSUM = 0x8000;
    private static final int HAS_ROUTING = 0x4000;
    private static final int HAS_KEY = 0x2000;
    private static final int HAS_SEQUENCE = 0x1000;
    private static final int HAS_ACKNOWLEDGMENT = 0x0080;
    private static final int VERSION = 0x0007;
    private static final int PROTOCOL_OFFSET = 2;
    private static final int FIELD_LENGTH = 4;

    /** Of nothing yet. */
    public GreView() {}

    /**
     * Moves to a header; false when it is cut off, of a version above 1, or has the source routes of RFC 1701, which a
     * receiver must discard (RFC 2784, 2.3).
     */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, MIN_LENGTH)
                && (version() <= 1 && !has(HAS_ROUTING) && bytes.length() >= headerLength() || none());
    }

    private boolean has(int flag) {
        return (bytes.u16(FLAGS_OFFSET) & flag) != 0;
    }

    /** 0, or 1 for the enhanced form of PPTP. */
    public int version() {
        return bytes.u16(FLAGS_OFFSET) & VERSION;
    }

    /** What it carries, a number of {@link EtherTypes}. */
    public int protocol() {
        return bytes.u16(PROTOCOL_OFFSET);
    }

    public boolean hasChecksum() {
        return has(HAS_CHECKSUM);
    }

    /** 0 where there is none. */
    public int checksum() {
        return hasChecksum() ? bytes.u16(MIN_LENGTH) : 0;
    }

    /** True where the checksum over header and payload is right, and all of that was captured. */
    public boolean isChecksumValid() {
        return hasChecksum() && InternetChecksum.of(bytes, 0, bytes.length()) == 0;
    }

    public boolean hasKey() {
        return has(HAS_KEY);
    }

    /** The key, 0..4,294,967,295; of version 1 payload length and call identifier; 0 where there is none. */
    public long key() {
        return hasKey() ? bytes.u32(keyOffset()) : 0;
    }

    /** True for NVGRE: a key, no checksum, no sequence number, and an Ethernet frame. */
    public boolean isNvgre() {
        return hasKey()
                && protocol() == EtherTypes.TRANSPARENT_ETHERNET
                && (bytes.u16(FLAGS_OFFSET) & (HAS_CHECKSUM | HAS_SEQUENCE | VERSION)) == 0;
    }

    /** The identifier of the virtual subnet of NVGRE (VSID), 24 bits: the upper part of the key. */
    public int virtualSubnet() {
        return (int) (key() >>> 8);
    }

    public boolean hasSequence() {
        return has(HAS_SEQUENCE);
    }

    /** 0..4,294,967,295; 0 where there is none. */
    public long sequence() {
        return hasSequence() ? bytes.u32(sequenceOffset()) : 0;
    }

    /** Only in version 1. */
    public boolean hasAcknowledgment() {
        return version() == 1 && has(HAS_ACKNOWLEDGMENT);
    }

    /** 0..4,294,967,295; 0 where there is none. */
    public long acknowledgment() {
        return hasAcknowledgment() ? bytes.u32(acknowledgmentOffset()) : 0;
    }

    private int keyOffset() {
        return MIN_LENGTH + (hasChecksum() ? FIELD_LENGTH : 0);
    }

    private int sequenceOffset() {
        return keyOffset() + (hasKey() ? FIELD_LENGTH : 0);
    }

    private int acknowledgmentOffset() {
        return sequenceOffset() + (hasSequence() ? FIELD_LENGTH : 0);
    }

    @Override
    public int headerLength() {
        return acknowledgmentOffset() + (hasAcknowledgment() ? FIELD_LENGTH : 0);
    }
}
