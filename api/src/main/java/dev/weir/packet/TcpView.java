package dev.weir.packet;

import dev.weir.Protocols;

/**
 * A TCP header with its options (RFC 9293, 3.1). The usual options have accessors of their own; of one that is there
 * twice the last counts, as in Linux.
 */
public final class TcpView extends PortsView {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;
    /** RFC 3168's successor, accurate congestion notification, has a ninth flag. */
    public static final int AE = 0x100;

    private static final int MIN_LENGTH = 20;
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGMENT_OFFSET = 8;
    private static final int LENGTH_AND_FLAGS_OFFSET = 12;
    private static final int FLAGS = 0x1ff;
    private static final int WINDOW_OFFSET = 14;
    static final int CHECKSUM_OFFSET = 16;
    private static final int URGENT_OFFSET = 18;

    // IANA, "TCP Option Kind Numbers"
    /** RFC 9293, 3.7.1. */
    public static final int OPTION_MAXIMUM_SEGMENT_SIZE = 2;
    /** RFC 7323, 2.2. */
    public static final int OPTION_WINDOW_SCALE = 3;
    /** RFC 2018, 2. */
    public static final int OPTION_SACK_PERMITTED = 4;
    /** RFC 2018, 3. */
    public static final int OPTION_SACK = 5;
    /** RFC 7323, 3.2. */
    public static final int OPTION_TIMESTAMPS = 8;
    /** RFC 8684, 3. */
    public static final int OPTION_MULTIPATH = 30;
    /** RFC 7413, 4.1.1. */
    public static final int OPTION_FAST_OPEN = 34;

    private static final int SACK_BLOCK = 8;
    private static final int NONE = -1;

    private final OptionList options = new OptionList();
    private int maximumSegmentSize;
    private int windowScale;
    private boolean sackPermitted;
    private int sackOffset;
    private int sackBlocks;
    private int timestampsOffset;
    private boolean malformedOptions;

    /** Of nothing yet. */
    public TcpView() {}

    @Override
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, MIN_LENGTH)
                || headerLength() < MIN_LENGTH
                || bytes.length() < headerLength()) {
            return none();
        }
        maximumSegmentSize = NONE;
        windowScale = NONE;
        sackPermitted = false;
        sackBlocks = 0;
        timestampsOffset = NONE;
        malformedOptions = false;
        if (headerLength() > MIN_LENGTH) {
            readOptions();
        }
        return true;
    }

    /** An option whose length is not that of its kind is passed over. */
    private void readOptions() {
        options(options);
        while (options.next()) {
            int length = options.valueLength();
            switch (options.type()) {
                case OPTION_MAXIMUM_SEGMENT_SIZE -> {
                    if (length == 2) {
                        maximumSegmentSize = options.u16();
                    }
                }
                case OPTION_WINDOW_SCALE -> {
                    if (length == 1) {
                        windowScale = options.u8();
                    }
                }
                case OPTION_SACK_PERMITTED -> sackPermitted |= length == 0;
                case OPTION_SACK -> {
                    if (length % SACK_BLOCK == 0) {
                        sackOffset = MIN_LENGTH + options.valueOffset();
                        sackBlocks = length / SACK_BLOCK;
                    }
                }
                case OPTION_TIMESTAMPS -> {
                    if (length == 8) {
                        timestampsOffset = MIN_LENGTH + options.valueOffset();
                    }
                }
                default -> {
                    // read with options()
                }
            }
        }
        malformedOptions = options.isMalformed();
    }

    @Override
    int protocol() {
        return Protocols.TCP;
    }

    @Override
    public int headerLength() {
        return (bytes.u8(LENGTH_AND_FLAGS_OFFSET) >>> 4) * 4;
    }

    /** 0..4,294,967,295. */
    public long sequence() {
        return bytes.u32(SEQUENCE_OFFSET);
    }

    /** 0..4,294,967,295; says something with {@link #ACK}. */
    public long acknowledgment() {
        return bytes.u32(ACKNOWLEDGMENT_OFFSET);
    }

    /** All nine flags, to be compared with {@link #SYN} and the others. */
    public int flags() {
        return bytes.u16(LENGTH_AND_FLAGS_OFFSET) & FLAGS;
    }

    /** True when one of these flags is set. */
    public boolean has(int anyOfFlags) {
        return (flags() & anyOfFlags) != 0;
    }

    /** 0..65,535, not scaled. */
    public int window() {
        return bytes.u16(WINDOW_OFFSET);
    }

    /** As it stands there; {@link Checksums} tells whether it is right. */
    public int checksum() {
        return bytes.u16(CHECKSUM_OFFSET);
    }

    /** 0..65,535; says something with {@link #URG}. */
    public int urgentPointer() {
        return bytes.u16(URGENT_OFFSET);
    }

    /** Bytes; -1 without the option. */
    public int maximumSegmentSize() {
        return maximumSegmentSize;
    }

    /** By how many bits the windows of this side are to be shifted, as stated; -1 without the option. */
    public int windowScale() {
        return windowScale;
    }

    public boolean isSackPermitted() {
        return sackPermitted;
    }

    /** Blocks of selective acknowledgment, 0 to 4. */
    public int sackBlocks() {
        return sackBlocks;
    }

    /**
     * The sequence number with which a block begins that was received.
     *
     * @throws IndexOutOfBoundsException for a block that is not there
     */
    public long sackLeft(int block) {
        return bytes.u32(sackOffset + java.util.Objects.checkIndex(block, sackBlocks) * SACK_BLOCK);
    }

    /** The sequence number behind the end of a block; see {@link #sackLeft}. */
    public long sackRight(int block) {
        return bytes.u32(sackOffset + java.util.Objects.checkIndex(block, sackBlocks) * SACK_BLOCK + 4);
    }

    public boolean hasTimestamps() {
        return timestampsOffset != NONE;
    }

    /** The sender's time stamp, in units of its own; 0 without the option. */
    public long timestamp() {
        return hasTimestamps() ? bytes.u32(timestampsOffset) : 0;
    }

    /** The time stamp of the other side that is answered; 0 without the option. */
    public long timestampEcho() {
        return hasTimestamps() ? bytes.u32(timestampsOffset + 4) : 0;
    }

    /** True when the options end at a length that cannot be; what came before is read. */
    public boolean hasMalformedOptions() {
        return malformedOptions;
    }

    /** Moves a list to all options. */
    public OptionList options(OptionList list) {
        return list.ipv4OrTcp(bytes, MIN_LENGTH, headerLength() - MIN_LENGTH);
    }
}
