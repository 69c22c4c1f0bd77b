package dev.weir.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The classic format (draft-ietf-opsawg-pcap, 4 and 5): a file header, then for each packet seconds, fraction, captured
 * length, original length, bytes.
 */
final class PcapFormat extends RecordFormat {
    static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    static final int MAGIC_NANOSECONDS = 0xa1b23c4d;

    /** Files of a patched libpcap 0.x: eight more bytes in each record, interface index, protocol and packet type. */
    static final int MAGIC_MODIFIED = 0xa1b2cd34;

    static final int FILE_HEADER_LENGTH = 24;
    static final int VERSION_MAJOR_OFFSET = 4;
    static final int VERSION_MINOR_OFFSET = 6;
    static final int SNAP_LENGTH_OFFSET = 16;
    static final int LINK_TYPE_OFFSET = 20;
    static final int VERSION_MAJOR = 2;
    static final int VERSION_MINOR = 4;

    static final int RECORD_HEADER_LENGTH = 16;
    static final int SECONDS_OFFSET = 0;
    static final int FRACTION_OFFSET = 4;
    static final int CAPTURED_LENGTH_OFFSET = 8;
    static final int ORIGINAL_LENGTH_OFFSET = 12;
    private static final int MODIFIED_RECORD_HEADER_LENGTH = 24;
    private static final int MODIFIED_INTERFACE_OFFSET = 16;

    /** Written by DG/UX, whose tcpdump counted its own way. */
    private static final int VERSION_MAJOR_DGUX = 543;

    /** The bits above hold the length of the frame check sequence, when known. */
    private static final int LINK_TYPE_MASK = 0xffff;

    private final ByteOrder order;
    private final boolean nanoseconds;
    private final boolean modified;
    private boolean started;
    private boolean lengthsMayBeSwapped;
    private int maxPacketBytes;

    private PcapFormat(String file, ByteOrder order, int magic) {
        super(file);
        this.order = order;
        this.nanoseconds = magic == MAGIC_NANOSECONDS;
        this.modified = magic == MAGIC_MODIFIED;
    }

    /**
     * The parser for a file that begins with these four bytes.
     *
     * @param magic read big-endian
     * @return null when they are none of this format's
     */
    static PcapFormat of(String file, int magic) {
        return switch (magic) {
            case MAGIC_MICROSECONDS, MAGIC_NANOSECONDS, MAGIC_MODIFIED ->
                new PcapFormat(file, ByteOrder.BIG_ENDIAN, magic);
            default ->
                switch (Integer.reverseBytes(magic)) {
                    case MAGIC_MICROSECONDS, MAGIC_NANOSECONDS, MAGIC_MODIFIED ->
                        new PcapFormat(file, ByteOrder.LITTLE_ENDIAN, Integer.reverseBytes(magic));
                    default -> null;
                };
        };
    }

    @Override
    long parse(ByteBuffer buffer, int from, int available, long position) {
        buffer.order(order);
        packet = false;
        return started ? record(buffer, from, available, position) : header(buffer, from, available, position);
    }

    private long header(ByteBuffer buffer, int from, int available, long position) {
        if (available < FILE_HEADER_LENGTH) {
            return -FILE_HEADER_LENGTH;
        }
        int major = buffer.getShort(from + VERSION_MAJOR_OFFSET) & 0xffff;
        int minor = buffer.getShort(from + VERSION_MINOR_OFFSET) & 0xffff;
        if (major != VERSION_MAJOR && major != VERSION_MAJOR_DGUX) {
            throw corrupt(
                    position + VERSION_MAJOR_OFFSET, "pcap version " + major + "." + minor + "; only 2.x is known");
        }
        lengthsMayBeSwapped = major == VERSION_MAJOR_DGUX || minor < VERSION_MINOR;
        linkType = canonical(buffer.getInt(from + LINK_TYPE_OFFSET) & LINK_TYPE_MASK);
        maxPacketBytes = maxPacketBytes(linkType);
        started = true;
        return FILE_HEADER_LENGTH;
    }

    private long record(ByteBuffer buffer, int from, int available, long position) {
        int headerLength = modified ? MODIFIED_RECORD_HEADER_LENGTH : RECORD_HEADER_LENGTH;
        if (available < headerLength) {
            return -headerLength;
        }
        int captured = buffer.getInt(from + CAPTURED_LENGTH_OFFSET);
        int wire = buffer.getInt(from + ORIGINAL_LENGTH_OFFSET);
        if (lengthsMayBeSwapped && Integer.compareUnsigned(captured, wire) > 0) {
            // versions before 2.4 were written in either order
            int swap = captured;
            captured = wire;
            wire = swap;
        }
        if (Integer.compareUnsigned(captured, maxPacketBytes) > 0) {
            throw corrupt(
                    position + CAPTURED_LENGTH_OFFSET,
                    "a packet of " + Integer.toUnsignedString(captured) + " bytes; at most " + maxPacketBytes
                            + " are believed");
        }
        if (available < headerLength + captured) {
            return -(headerLength + captured);
        }
        long fraction = Integer.toUnsignedLong(buffer.getInt(from + FRACTION_OFFSET));
        timestampNs = Integer.toUnsignedLong(buffer.getInt(from + SECONDS_OFFSET)) * 1_000_000_000L
                + (nanoseconds ? fraction : fraction * 1000);
        interfaceIndex = modified ? buffer.getInt(from + MODIFIED_INTERFACE_OFFSET) : 0;
        dataOffset = from + headerLength;
        capturedLength = captured;
        wireLength = wire < 0 ? Integer.MAX_VALUE : wire;
        packet = true;
        return headerLength + captured;
    }

    @Override
    String recordName() {
        return started ? "packet record" : "file header";
    }
}
