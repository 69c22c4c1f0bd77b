package dev.weir.pcap;

import static dev.weir.pcap.FileBytes.packet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.WeirException;
import dev.weir.spi.Slot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriterTest {
    @TempDir
    Path folder;

    private static Slot slot(byte[] bytes, int wireLength, int linkType, long timestampNs, int interfaceIndex) {
        return new Slot(0)
                .fill(ByteBuffer.wrap(bytes), 0, bytes.length, wireLength, linkType, timestampNs)
                .interfaceIndex(interfaceIndex);
    }

    @Test
    void pcapngIsByteForByteWhatTheFormatSays() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PcapngWriter writer = PcapngWriter.of("test", Channels.newChannel(out), 0)) {
            writer.write(slot(packet(5, 1), 9, LinkType.ETHERNET, 0x1_0000_0002L, 7));
        }
        FileBytes expected = FileBytes.in(ByteOrder.LITTLE_ENDIAN);
        expected.section()
                .interfaceDescription(
                        LinkType.ETHERNET,
                        0,
                        expected.body().option(9, (byte) 9).u32(0))
                .enhanced(0, 0x1_0000_0002L, 9, packet(5, 1));
        assertArrayEquals(expected.toByteArray(), out.toByteArray());
    }

    @Test
    void pcapIsByteForByteWhatTheFormatSays() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PcapWriter writer = PcapWriter.of("test", Channels.newChannel(out), LinkType.RAW, 0)) {
            writer.write(slot(packet(5, 1), 9, LinkType.RAW, 3_000_000_004L, 0));
            assertThrows(WeirException.class, () -> writer.write(slot(packet(5, 1), 9, LinkType.ETHERNET, 0, 0)));
        }
        assertArrayEquals(
                FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                        .pcapHeader(0xa1b23c4d, 262_144, LinkType.RAW)
                        .pcapRecord(3, 4, 9, packet(5, 1))
                        .toByteArray(),
                out.toByteArray());
    }

    @Test
    void whatWasWrittenIsReadBack() {
        Path file = folder.resolve("round.pcapng");
        List<ReadPacket> written = new ArrayList<>();
        try (PcapngWriter writer = PcapngWriter.create(file, 0)) {
            for (int i = 0; i < 3000; i++) {
                byte[] bytes = packet(i % 7 == 0 ? 70_000 : i, i);
                int linkType = i % 2 == 0 ? LinkType.ETHERNET : LinkType.RAW;
                long time = 1_700_000_000_000_000_000L + i;
                writer.write(slot(bytes, bytes.length + 1, linkType, time, i % 3));
                written.add(ReadPacket.of(time, linkType, i % 6, bytes.length + 1, bytes));
            }
        }
        List<ReadPacket> read = new ArrayList<>();
        try (CaptureFileReader reader = CaptureFileReader.open(file)) {
            while (reader.next()) {
                read.add(ReadPacket.current(reader));
            }
        }
        assertEquals(written, read, "interfaces are numbered as they first appear");
    }

    @Test
    void theSnapLengthCutsAndKeepsTheTrueLength() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PcapngWriter writer = PcapngWriter.of("test", Channels.newChannel(out), 10)) {
            writer.write(slot(packet(50, 0), 1500, 1, 0, 0));
            writer.write(0, 1, 1, ByteBuffer.wrap(packet(60, 0)), 8, 40, 40, PacketOrigin.UNKNOWN);
        }
        assertEquals(
                List.of(
                        ReadPacket.of(0, 1, 0, 1500, packet(10, 0)),
                        ReadPacket.of(1, 1, 0, 40, Arrays.copyOfRange(packet(60, 0), 8, 18))),
                ReadPacket.all(out.toByteArray()));
        ByteArrayOutputStream classic = new ByteArrayOutputStream();
        try (PcapWriter writer = PcapWriter.of("test", Channels.newChannel(classic), 1, 10)) {
            writer.write(slot(packet(50, 0), 1500, 1, 0, 0));
            writer.write(1, ByteBuffer.wrap(packet(60, 0)), 8, 40, 40);
        }
        assertEquals(ReadPacket.all(out.toByteArray()), ReadPacket.all(classic.toByteArray()));
    }

    @Test
    void anEncoderWritesNothingThatDoesNotFit() {
        PcapngEncoder encoder = new PcapngEncoder(0);
        Slot slot = slot(packet(5, 1), 9, LinkType.ETHERNET, 1, 7);
        slot.origin(PacketOrigin.OUTGOING);
        int length = PcapngEncoder.maxEncodedLength(5);
        for (int room = 0; room < length; room++) {
            ByteBuffer small = ByteBuffer.allocate(room);
            assertEquals(0, encoder.encode(small, slot));
            assertEquals(0, small.position());
        }
        ByteBuffer out = ByteBuffer.allocate(2 * length);
        assertEquals(length, encoder.encode(out, slot));
        assertTrue(encoder.encode(out, slot) < length, "section and interface are written once");
        byte[] file = Arrays.copyOf(out.array(), out.position());
        assertEquals(2, ReadPacket.all(file).size());
    }

    @Test
    void thePacketsOriginIsKept() throws IOException {
        Path file = folder.resolve("origins.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(file, 0)) {
            for (PacketOrigin origin : PacketOrigin.values()) {
                writer.write(slot(packet(5, 1), 9, LinkType.ETHERNET, 1, 7).origin(origin));
            }
        }
        List<PacketOrigin> read = new ArrayList<>();
        try (CaptureFileReader reader = CaptureFileReader.open(file)) {
            while (reader.next()) {
                read.add(PcapngBlocks.origin(reader.flags()));
            }
        }
        assertEquals(List.of(PacketOrigin.values()), read);
        assertTrue(Files.size(file) % 4 == 0);
    }

    @Test
    void aFileThatCannotBeMadeIsSaidInOneLine() {
        Path file = folder.resolve("absent/trace.pcapng");
        assertEquals(
                file + " cannot be written: no such directory",
                assertThrows(WeirException.class, () -> PcapngWriter.create(file, 0))
                        .getMessage());
    }
}
