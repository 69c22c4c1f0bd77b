package dev.weir.pcap;

import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Encodes packets as one pcapng file, without doing any input or output: the section header comes with the first packet,
 * and the description of an interface with its first packet. What was encoded must be written in that order. Allocates
 * nothing per packet. For one thread.
 */
public final class PcapngEncoder {
    private final int snapLength;
    private boolean started;
    private int interfaces;

    /** Of each interface in the file: its index in the upper half, its link type in the lower. */
    private long[] keys = new long[4];

    private int latest;

    /**
     * An encoder.
     *
     * @param snapLength the most bytes to keep of a packet; 0 for all
     */
    public PcapngEncoder(int snapLength) {
        this.snapLength = snapLength;
    }

    /** The section header stands in the file already. */
    void sectionWritten() {
        started = true;
    }

    /** The most bytes that {@link #encode} can take for a packet of that captured length. */
    public static int maxEncodedLength(int capturedLength) {
        return PcapngBlocks.SECTION_LENGTH
                + PcapngBlocks.INTERFACE_LENGTH
                + PcapngBlocks.packetLength(capturedLength, PacketOrigin.OUTGOING);
    }

    /** Encodes a packet as it came. See the other one. */
    public int encode(ByteBuffer out, Packet packet) {
        Bytes bytes = packet.bytes();
        int captured = cut(bytes.length());
        int start = begin(out, packet.interfaceIndex(), packet.linkType(), captured, packet.origin());
        if (start < 0) {
            return 0;
        }
        PcapngBlocks.packet(out, latest, packet.timestampNs(), bytes, captured, packet.wireLength(), packet.origin());
        return out.position() - start;
    }

    /**
     * Encodes a packet at a buffer's position, which moves on.
     *
     * @param data holds the packet from {@code offset} on; position and limit do not matter
     * @return bytes written; 0, with nothing changed, when they do not fit
     */
    public int encode(
            ByteBuffer out,
            int interfaceIndex,
            int linkType,
            long timestampNs,
            ByteBuffer data,
            int offset,
            int length,
            int wireLength,
            PacketOrigin origin) {
        int captured = cut(length);
        int start = begin(out, interfaceIndex, linkType, captured, origin);
        if (start < 0) {
            return 0;
        }
        PcapngBlocks.packet(out, latest, timestampNs, data, offset, captured, wireLength, origin);
        return out.position() - start;
    }

    private int cut(int length) {
        return snapLength == 0 ? length : Math.min(length, snapLength);
    }

    /** Writes what has to stand before the packet; -1 when that and the packet do not fit. */
    private int begin(ByteBuffer out, int interfaceIndex, int linkType, int captured, PacketOrigin origin) {
        long key = (long) interfaceIndex << 32 | linkType & 0xffff;
        int number = find(key);
        int needed = PcapngBlocks.packetLength(captured, origin)
                + (started ? 0 : PcapngBlocks.SECTION_LENGTH)
                + (number < interfaces ? 0 : PcapngBlocks.INTERFACE_LENGTH);
        if (out.remaining() < needed) {
            return -1;
        }
        int start = out.position();
        if (!started) {
            started = true;
            PcapngBlocks.section(out);
        }
        if (number == interfaces) {
            if (interfaces == keys.length) {
                keys = Arrays.copyOf(keys, interfaces * 2);
            }
            keys[interfaces++] = key;
            PcapngBlocks.describeInterface(out, linkType, snapLength);
        }
        latest = number;
        return start;
    }

    private int find(long key) {
        if (latest < interfaces && keys[latest] == key) {
            return latest;
        }
        int number = 0;
        while (number < interfaces && keys[number] != key) {
            number++;
        }
        return number;
    }
}
