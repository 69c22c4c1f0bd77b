package dev.weir.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The "next generation" format (draft-ietf-opsawg-pcapng): a file of blocks, each with its type and its length at both
 * ends. Sections follow each other, each with its own byte order and its own interfaces; blocks of unknown type are
 * skipped.
 */
final class PcapngFormat extends RecordFormat {
    static final int SECTION_HEADER_BLOCK = 0x0a0d0d0a;
    static final int INTERFACE_DESCRIPTION_BLOCK = 1;
    static final int PACKET_BLOCK = 2;
    static final int SIMPLE_PACKET_BLOCK = 3;
    static final int ENHANCED_PACKET_BLOCK = 6;

    static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    static final int VERSION_MAJOR = 1;

    /** Type and length before the body, the length again behind it. */
    static final int BLOCK_HEADER_LENGTH = 8;

    static final int BLOCK_TRAILER_LENGTH = 4;
    private static final int BLOCK_MIN_LENGTH = BLOCK_HEADER_LENGTH + BLOCK_TRAILER_LENGTH;

    static final int SECTION_MIN_LENGTH = 28;
    static final int SECTION_MAGIC_OFFSET = 8;
    static final int SECTION_VERSION_OFFSET = 12;

    static final int INTERFACE_MIN_LENGTH = 20;
    static final int INTERFACE_LINK_TYPE_OFFSET = 8;
    static final int INTERFACE_SNAP_LENGTH_OFFSET = 12;
    static final int INTERFACE_OPTIONS_OFFSET = 16;
    static final int OPTION_END = 0;
    static final int OPTION_IF_NAME = 2;
    static final int OPTION_IF_TSRESOL = 9;
    static final int OPTION_IF_TSOFFSET = 14;

    static final int ENHANCED_MIN_LENGTH = 32;
    static final int ENHANCED_INTERFACE_OFFSET = 8;
    static final int ENHANCED_TIME_HIGH_OFFSET = 12;
    static final int ENHANCED_TIME_LOW_OFFSET = 16;
    static final int ENHANCED_CAPTURED_LENGTH_OFFSET = 20;
    static final int ENHANCED_ORIGINAL_LENGTH_OFFSET = 24;
    static final int ENHANCED_DATA_OFFSET = 28;
    static final int OPTION_EPB_FLAGS = 2;

    private static final int SIMPLE_MIN_LENGTH = 16;
    private static final int SIMPLE_ORIGINAL_LENGTH_OFFSET = 8;
    private static final int SIMPLE_DATA_OFFSET = 12;

    /** More in one section is a corrupt file; a real one has a handful. */
    private static final int MAX_INTERFACES = 65_536;

    private ByteOrder order;
    private int interfaces;
    private int[] linkTypes = new int[4];
    private int[] snapLengths = new int[4];
    private TimestampUnit[] units = new TimestampUnit[4];

    PcapngFormat(String file) {
        super(file);
    }

    @Override
    String recordName() {
        return "block";
    }

    @Override
    long parse(ByteBuffer buffer, int from, int available, long position) {
        packet = false;
        if (available < BLOCK_MIN_LENGTH) {
            return -BLOCK_MIN_LENGTH;
        }
        int type = buffer.order(order == null ? ByteOrder.BIG_ENDIAN : order).getInt(from);
        if (type == SECTION_HEADER_BLOCK) { // reads the same in both orders
            order = orderOf(buffer, from, position);
            buffer.order(order);
            interfaces = 0;
        }
        long length = Integer.toUnsignedLong(buffer.getInt(from + 4));
        if (length < BLOCK_MIN_LENGTH || length % 4 != 0) {
            throw corrupt(position + 4, "a block length of " + length + "; it is a multiple of 4 and at least 12");
        }
        return switch (type) {
            case SECTION_HEADER_BLOCK,
                    INTERFACE_DESCRIPTION_BLOCK,
                    ENHANCED_PACKET_BLOCK,
                    SIMPLE_PACKET_BLOCK,
                    PACKET_BLOCK -> known(type, buffer, from, available, position, length);
            default -> length;
        };
    }

    private ByteOrder orderOf(ByteBuffer buffer, int from, long position) {
        int magic = buffer.order(ByteOrder.BIG_ENDIAN).getInt(from + SECTION_MAGIC_OFFSET);
        if (magic == BYTE_ORDER_MAGIC) {
            return ByteOrder.BIG_ENDIAN;
        }
        if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        throw corrupt(
                position + SECTION_MAGIC_OFFSET,
                String.format("the byte-order magic of a section is 1a2b3c4d, not %08x", magic));
    }

    private long known(int type, ByteBuffer buffer, int from, int available, long position, long length) {
        if (length > MAX_LARGE_BYTES) {
            throw corrupt(
                    position + 4, "a block of " + length + " bytes; at most " + MAX_LARGE_BYTES + " are believed");
        }
        int size = (int) length;
        if (available < size) {
            return -size;
        }
        int trailer = buffer.getInt(from + size - BLOCK_TRAILER_LENGTH);
        if (trailer != size) {
            throw corrupt(
                    position + size - BLOCK_TRAILER_LENGTH,
                    "a block of " + size + " bytes ends with the length " + Integer.toUnsignedString(trailer));
        }
        switch (type) {
            case SECTION_HEADER_BLOCK -> section(buffer, from, position, size);
            case INTERFACE_DESCRIPTION_BLOCK -> interfaceDescription(buffer, from, position, size);
            case ENHANCED_PACKET_BLOCK -> enhanced(buffer, from, position, size);
            case SIMPLE_PACKET_BLOCK -> simple(buffer, from, position, size);
            default -> obsolete(buffer, from, position, size);
        }
        return size;
    }

    private void section(ByteBuffer buffer, int from, long position, int size) {
        atLeast(size, SECTION_MIN_LENGTH, position);
        int major = buffer.getShort(from + SECTION_VERSION_OFFSET) & 0xffff;
        if (major != VERSION_MAJOR) {
            throw corrupt(position + SECTION_VERSION_OFFSET, "pcapng version " + major + "; only 1 is known");
        }
    }

    private void interfaceDescription(ByteBuffer buffer, int from, long position, int size) {
        atLeast(size, INTERFACE_MIN_LENGTH, position);
        if (interfaces == MAX_INTERFACES) {
            throw corrupt(position, "more than " + MAX_INTERFACES + " interfaces");
        }
        if (interfaces == linkTypes.length) {
            linkTypes = Arrays.copyOf(linkTypes, interfaces * 2);
            snapLengths = Arrays.copyOf(snapLengths, interfaces * 2);
            units = Arrays.copyOf(units, interfaces * 2);
        }
        linkTypes[interfaces] = canonical(buffer.getShort(from + INTERFACE_LINK_TYPE_OFFSET) & 0xffff);
        snapLengths[interfaces] = buffer.getInt(from + INTERFACE_SNAP_LENGTH_OFFSET);
        units[interfaces] = unit(buffer, from + INTERFACE_OPTIONS_OFFSET, from + size - BLOCK_TRAILER_LENGTH);
        interfaces++;
    }

    private static TimestampUnit unit(ByteBuffer buffer, int options, int end) {
        int resolution = option(buffer, options, end, OPTION_IF_TSRESOL, 1);
        int offset = option(buffer, options, end, OPTION_IF_TSOFFSET, 8);
        if (resolution < 0 && offset < 0) {
            return TimestampUnit.STANDARD;
        }
        return TimestampUnit.of(resolution < 0 ? 6 : buffer.get(resolution), offset < 0 ? 0 : buffer.getLong(offset));
    }

    /** Where the value of an option of that length stands; -1 when there is none. Every step goes forward by four. */
    private static int option(ByteBuffer buffer, int options, int end, int code, int length) {
        int at = options;
        while (end - at >= 4) {
            int found = buffer.getShort(at) & 0xffff;
            int size = buffer.getShort(at + 2) & 0xffff;
            if (found == OPTION_END || end - at - 4 < size) {
                return -1;
            }
            if (found == code && size == length) {
                return at + 4;
            }
            at += 4 + padded(size);
        }
        return -1;
    }

    private void enhanced(ByteBuffer buffer, int from, long position, int size) {
        atLeast(size, ENHANCED_MIN_LENGTH, position);
        int index = buffer.getInt(from + ENHANCED_INTERFACE_OFFSET);
        checkInterface(index, position + ENHANCED_INTERFACE_OFFSET);
        timed(buffer, from, position, size, index);
    }

    /** The obsolete Packet Block: as the Enhanced one, but for 16 bits of interface and 16 of a drop count. */
    private void obsolete(ByteBuffer buffer, int from, long position, int size) {
        atLeast(size, ENHANCED_MIN_LENGTH, position);
        int index = buffer.getShort(from + ENHANCED_INTERFACE_OFFSET) & 0xffff;
        checkInterface(index, position + ENHANCED_INTERFACE_OFFSET);
        timed(buffer, from, position, size, index);
    }

    private void timed(ByteBuffer buffer, int from, long position, int size, int index) {
        int captured = buffer.getInt(from + ENHANCED_CAPTURED_LENGTH_OFFSET);
        int room = size - ENHANCED_MIN_LENGTH;
        checkCaptured(captured, room, position + ENHANCED_CAPTURED_LENGTH_OFFSET);
        timestampNs = units[index].toNs((long) buffer.getInt(from + ENHANCED_TIME_HIGH_OFFSET) << 32
                | Integer.toUnsignedLong(buffer.getInt(from + ENHANCED_TIME_LOW_OFFSET)));
        int options = from + ENHANCED_DATA_OFFSET + padded(captured);
        int end = from + size - BLOCK_TRAILER_LENGTH;
        int flagsAt = end - options < 8 ? -1 : option(buffer, options, end, OPTION_EPB_FLAGS, 4);
        packet(
                index,
                from + ENHANCED_DATA_OFFSET,
                captured,
                buffer.getInt(from + ENHANCED_ORIGINAL_LENGTH_OFFSET),
                flagsAt < 0 ? 0 : buffer.getInt(flagsAt));
    }

    /** Has no time of its own: the packet before lends it, so that time does not jump back to 1970. */
    private void simple(ByteBuffer buffer, int from, long position, int size) {
        atLeast(size, SIMPLE_MIN_LENGTH, position);
        checkInterface(0, position);
        int wire = buffer.getInt(from + SIMPLE_ORIGINAL_LENGTH_OFFSET);
        int snap = snapLengths[0];
        int captured = snap != 0 && Integer.compareUnsigned(wire, snap) > 0 ? snap : wire;
        checkCaptured(captured, size - SIMPLE_MIN_LENGTH, position + SIMPLE_ORIGINAL_LENGTH_OFFSET);
        packet(0, from + SIMPLE_DATA_OFFSET, captured, wire, 0);
    }

    private void packet(int index, int data, int captured, int wire, int flagsWord) {
        interfaceIndex = index;
        linkType = linkTypes[index];
        dataOffset = data;
        capturedLength = captured;
        wireLength = wire < 0 ? Integer.MAX_VALUE : wire;
        flags = flagsWord;
        packet = true;
    }

    private void atLeast(int size, int least, long position) {
        if (size < least) {
            throw corrupt(position + 4, "a block of " + size + " bytes where its type needs " + least);
        }
    }

    private void checkInterface(int index, long position) {
        if (Integer.compareUnsigned(index, interfaces) >= 0) {
            throw corrupt(
                    position,
                    "a packet of interface " + Integer.toUnsignedString(index) + " where the section has described "
                            + interfaces);
        }
    }

    private void checkCaptured(int captured, int room, long position) {
        if (Integer.compareUnsigned(captured, room) > 0) {
            throw corrupt(
                    position,
                    "a packet of " + Integer.toUnsignedString(captured) + " bytes in a block with room for " + room);
        }
    }

    static int padded(int length) {
        return length + 3 & ~3;
    }
}
