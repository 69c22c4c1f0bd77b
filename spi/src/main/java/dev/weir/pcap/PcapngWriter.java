package dev.weir.pcap;

import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * Writes packets to a pcapng file: nanoseconds, one interface description for each interface and link type. Collects 256
 * KiB before it writes. For one thread; a reader sees whole packets after {@link #flush()}.
 */
public final class PcapngWriter implements AutoCloseable {
    private final FileOutput out;
    private final PcapngEncoder encoder;

    private PcapngWriter(FileOutput out, int snapLength) {
        this.out = out;
        this.encoder = new PcapngEncoder(snapLength);
        PcapngBlocks.section(out.room(PcapngBlocks.SECTION_LENGTH));
        encoder.sectionWritten();
    }

    /**
     * Makes the file anew.
     *
     * @param snapLength the most bytes to keep of a packet; 0 for all
     * @throws WeirException when the file cannot be made
     */
    public static PcapngWriter create(Path file, int snapLength) {
        return new PcapngWriter(FileOutput.create(file), snapLength);
    }

    /**
     * Writes to a channel, which is closed with the writer.
     *
     * @param name for messages
     */
    public static PcapngWriter of(String name, WritableByteChannel channel, int snapLength) {
        return new PcapngWriter(new FileOutput(name, channel), snapLength);
    }

    /**
     * Writes a packet as it came.
     *
     * @throws WeirException when the file cannot be written
     */
    public void write(Packet packet) {
        encoder.encode(out.room(PcapngEncoder.maxEncodedLength(packet.capturedLength())), packet);
    }

    /** Writes a packet from a buffer, whose position and limit do not matter. */
    public void write(
            int interfaceIndex,
            int linkType,
            long timestampNs,
            ByteBuffer data,
            int offset,
            int length,
            int wireLength,
            PacketOrigin origin) {
        encoder.encode(
                out.room(PcapngEncoder.maxEncodedLength(length)),
                interfaceIndex,
                linkType,
                timestampNs,
                data,
                offset,
                length,
                wireLength,
                origin);
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
