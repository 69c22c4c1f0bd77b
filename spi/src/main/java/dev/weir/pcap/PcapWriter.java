package dev.weir.pcap;

import dev.weir.Packet;
import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * Writes packets of one link type to a classic pcap file, little-endian, nanoseconds. For tools that do not read pcapng;
 * {@link PcapngWriter} keeps interfaces and link types apart. For one thread.
 */
public final class PcapWriter implements AutoCloseable {
    /** What tcpdump writes for "all". */
    private static final int NO_SNAP_LENGTH = 262_144;

    private final FileOutput out;
    private final int linkType;
    private final int snapLength;

    private PcapWriter(FileOutput out, int linkType, int snapLength) {
        this.out = out;
        this.linkType = linkType;
        this.snapLength = snapLength;
        ByteBuffer header = out.room(PcapFormat.FILE_HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(PcapFormat.MAGIC_NANOSECONDS);
        header.putShort((short) PcapFormat.VERSION_MAJOR).putShort((short) PcapFormat.VERSION_MINOR);
        header.putLong(0);
        header.putInt(snapLength == 0 ? NO_SNAP_LENGTH : snapLength).putInt(linkType);
    }

    /**
     * Makes the file anew.
     *
     * @param linkType of every packet
     * @param snapLength the most bytes to keep of a packet; 0 for all
     * @throws WeirException when the file cannot be made
     */
    public static PcapWriter create(Path file, int linkType, int snapLength) {
        return new PcapWriter(FileOutput.create(file), linkType, snapLength);
    }

    /**
     * Writes to a channel, which is closed with the writer.
     *
     * @param name for messages
     */
    public static PcapWriter of(String name, WritableByteChannel channel, int linkType, int snapLength) {
        return new PcapWriter(new FileOutput(name, channel), linkType, snapLength);
    }

    /**
     * Writes a packet as it came.
     *
     * @throws WeirException when it has another link type, or the file cannot be written
     */
    public void write(Packet packet) {
        if (packet.linkType() != linkType) {
            throw new WeirException("a pcap file holds one link type, here " + linkType + ", and not also "
                    + packet.linkType() + "; write pcapng");
        }
        int captured = packet.capturedLength();
        ByteBuffer record = record(packet.timestampNs(), captured, packet.wireLength());
        packet.bytes().get(0, record, cut(captured));
    }

    /** Writes a packet from a buffer, whose position and limit do not matter. */
    public void write(long timestampNs, ByteBuffer data, int offset, int length, int wireLength) {
        ByteBuffer record = record(timestampNs, length, wireLength);
        int captured = cut(length);
        record.put(record.position(), data, offset, captured).position(record.position() + captured);
    }

    private ByteBuffer record(long timestampNs, int length, int wireLength) {
        int captured = cut(length);
        ByteBuffer record = out.room(PcapFormat.RECORD_HEADER_LENGTH + captured).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt((int) Math.floorDiv(timestampNs, 1_000_000_000L));
        record.putInt((int) Math.floorMod(timestampNs, 1_000_000_000L));
        return record.putInt(captured).putInt(wireLength);
    }

    private int cut(int length) {
        return snapLength == 0 ? length : Math.min(length, snapLength);
    }

    /** Hands what was collected to the operating system. */
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        out.close();
    }
}
