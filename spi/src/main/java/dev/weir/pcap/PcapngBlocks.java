package dev.weir.pcap;

import dev.weir.PacketOrigin;
import dev.weir.packet.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Encodes the blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, time in nanoseconds. Writes at a buffer's
 * position, moves it on and allocates nothing; the caller sees to the room and to the order: a section header, each
 * interface before its first packet. Any thread; the buffer is the caller's.
 */
public final class PcapngBlocks {
    /** Bytes of {@link #section}. */
    public static final int SECTION_LENGTH = PcapngFormat.SECTION_MIN_LENGTH;

    /** Bytes of {@link #describeInterface}. */
    public static final int INTERFACE_LENGTH = PcapngFormat.INTERFACE_MIN_LENGTH + 8 + 4;

    private static final VarHandle SHORT =
            MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int OPTION_HEADER_LENGTH = 4;
    private static final int FLAGS_OPTION_LENGTH = 8;
    private static final int NANOSECONDS = 9;

    private PcapngBlocks() {}

    /** A Section Header Block of unknown section length: what a file begins with. */
    public static void section(ByteBuffer out) {
        int at = begin(out, PcapngFormat.SECTION_HEADER_BLOCK, SECTION_LENGTH);
        INT.set(out, at + PcapngFormat.SECTION_MAGIC_OFFSET, PcapngFormat.BYTE_ORDER_MAGIC);
        INT.set(out, at + PcapngFormat.SECTION_VERSION_OFFSET, PcapngFormat.VERSION_MAJOR);
        LONG.set(out, at + PcapngFormat.SECTION_VERSION_OFFSET + 4, -1L);
        end(out, at, SECTION_LENGTH);
    }

    /**
     * An Interface Description Block; interfaces are numbered from 0 as they come.
     *
     * @param linkType a number of {@link dev.weir.LinkType}, 0 to 65,535
     * @param snapLength the most bytes that packets of it have, 0 for no limit
     */
    public static void describeInterface(ByteBuffer out, int linkType, int snapLength) {
        int at = begin(out, PcapngFormat.INTERFACE_DESCRIPTION_BLOCK, INTERFACE_LENGTH);
        INT.set(out, at + PcapngFormat.INTERFACE_LINK_TYPE_OFFSET, linkType & 0xffff);
        INT.set(out, at + PcapngFormat.INTERFACE_SNAP_LENGTH_OFFSET, snapLength);
        int option = at + PcapngFormat.INTERFACE_OPTIONS_OFFSET;
        SHORT.set(out, option, (short) PcapngFormat.OPTION_IF_TSRESOL);
        SHORT.set(out, option + 2, (short) 1);
        INT.set(out, option + OPTION_HEADER_LENGTH, NANOSECONDS);
        INT.set(out, option + 8, PcapngFormat.OPTION_END);
        end(out, at, INTERFACE_LENGTH);
    }

    /** Bytes of a packet's block. */
    public static int packetLength(int capturedLength, PacketOrigin origin) {
        return PcapngFormat.ENHANCED_MIN_LENGTH
                + PcapngFormat.padded(capturedLength)
                + (flags(origin) == 0 ? 0 : FLAGS_OPTION_LENGTH + OPTION_HEADER_LENGTH);
    }

    /**
     * An Enhanced Packet Block.
     *
     * @param interfaceNumber the number of its interface in the file
     * @param timestampNs nanoseconds since 1970 (UTC)
     * @param capturedLength bytes to take from the front of {@code bytes}
     * @param wireLength bytes that the packet had
     * @param origin written as the block's flags where it is known
     */
    public static void packet(
            ByteBuffer out,
            int interfaceNumber,
            long timestampNs,
            Bytes bytes,
            int capturedLength,
            int wireLength,
            PacketOrigin origin) {
        int length = packetLength(capturedLength, origin);
        int at = beginPacket(out, length, interfaceNumber, timestampNs, capturedLength, wireLength);
        bytes.get(0, out.position(at + PcapngFormat.ENHANCED_DATA_OFFSET), capturedLength);
        endPacket(out, at, length, capturedLength, origin);
    }

    /** As the other one, with the bytes from an offset in a buffer, whose position and limit do not matter. */
    public static void packet(
            ByteBuffer out,
            int interfaceNumber,
            long timestampNs,
            ByteBuffer data,
            int offset,
            int capturedLength,
            int wireLength,
            PacketOrigin origin) {
        int length = packetLength(capturedLength, origin);
        int at = beginPacket(out, length, interfaceNumber, timestampNs, capturedLength, wireLength);
        out.put(at + PcapngFormat.ENHANCED_DATA_OFFSET, data, offset, capturedLength);
        endPacket(out, at, length, capturedLength, origin);
    }

    private static int beginPacket(
            ByteBuffer out, int length, int interfaceNumber, long timestampNs, int capturedLength, int wireLength) {
        int at = begin(out, PcapngFormat.ENHANCED_PACKET_BLOCK, length);
        INT.set(out, at + PcapngFormat.ENHANCED_INTERFACE_OFFSET, interfaceNumber);
        INT.set(out, at + PcapngFormat.ENHANCED_TIME_HIGH_OFFSET, (int) (timestampNs >>> 32));
        INT.set(out, at + PcapngFormat.ENHANCED_TIME_LOW_OFFSET, (int) timestampNs);
        INT.set(out, at + PcapngFormat.ENHANCED_CAPTURED_LENGTH_OFFSET, capturedLength);
        INT.set(out, at + PcapngFormat.ENHANCED_ORIGINAL_LENGTH_OFFSET, wireLength);
        return at;
    }

    private static void endPacket(ByteBuffer out, int at, int length, int capturedLength, PacketOrigin origin) {
        int data = at + PcapngFormat.ENHANCED_DATA_OFFSET;
        int padded = PcapngFormat.padded(capturedLength);
        for (int i = capturedLength; i < padded; i++) {
            out.put(data + i, (byte) 0);
        }
        int flags = flags(origin);
        if (flags != 0) {
            int option = data + padded;
            SHORT.set(out, option, (short) PcapngFormat.OPTION_EPB_FLAGS);
            SHORT.set(out, option + 2, (short) Integer.BYTES);
            INT.set(out, option + OPTION_HEADER_LENGTH, flags);
            INT.set(out, option + FLAGS_OPTION_LENGTH, PcapngFormat.OPTION_END);
        }
        end(out, at, length);
    }

    private static int begin(ByteBuffer out, int type, int length) {
        if (out.remaining() < length) {
            throw new BufferOverflowException();
        }
        int at = out.position();
        INT.set(out, at, type);
        INT.set(out, at + 4, length);
        return at;
    }

    private static void end(ByteBuffer out, int at, int length) {
        INT.set(out, at + length - PcapngFormat.BLOCK_TRAILER_LENGTH, length);
        out.position(at + length);
    }

    /** The flags word, draft-ietf-opsawg-pcapng, 4.3.1: direction in bits 0 and 1, reception type in bits 2 to 4. */
    static int flags(PacketOrigin origin) {
        return switch (origin) {
            case UNKNOWN -> 0;
            case OUTGOING -> 0b0_0010;
            case HOST -> 0b0_0101;
            case MULTICAST -> 0b0_1001;
            case BROADCAST -> 0b0_1101;
            case OTHER_HOST -> 0b1_0001;
        };
    }

    static PacketOrigin origin(int flags) {
        return switch (flags & 0b1_1111) {
            case 0b0_0010, 0b0_0110, 0b0_1010, 0b0_1110, 0b1_0010 -> PacketOrigin.OUTGOING;
            case 0b0_0101 -> PacketOrigin.HOST;
            case 0b0_1001 -> PacketOrigin.MULTICAST;
            case 0b0_1101 -> PacketOrigin.BROADCAST;
            case 0b1_0001 -> PacketOrigin.OTHER_HOST;
            default -> PacketOrigin.UNKNOWN;
        };
    }
}
