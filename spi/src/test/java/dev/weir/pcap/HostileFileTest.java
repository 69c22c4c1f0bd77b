package dev.weir.pcap;

import static dev.weir.pcap.FileBytes.packet;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HostileFileTest {
    private static final int ROUNDS = 6_000;

    private static byte[] pcap(ByteOrder order) {
        FileBytes file = FileBytes.in(order).pcapHeader(0xa1b2c3d4, 65535, 1);
        for (int i = 0; i < 6; i++) {
            file.pcapRecord(i, i, 20 + i, packet(20 + i, i));
        }
        return file.toByteArray();
    }

    private static byte[] pcapng(ByteOrder order) {
        FileBytes file = FileBytes.in(order);
        file.section()
                .interfaceDescription(1, 0, file.body().option(9, (byte) 9).u32(0))
                .interfaceDescription(101, 16, file.body())
                .enhanced(0, 1, 30, packet(30, 0))
                .simple(20, packet(20, 0))
                .obsolete(1, 0, 1, 11, packet(11, 0))
                .block(4, file.body().bytes(packet(20, 0)))
                .enhanced(1, 1, 30, packet(13, 0));
        return file.toByteArray();
    }

    @Test
    void changedBytesGivePacketsOrOneClearError() {
        Random random = new Random(1);
        List<byte[]> files = List.of(
                pcap(ByteOrder.BIG_ENDIAN),
                pcap(ByteOrder.LITTLE_ENDIAN),
                pcapng(ByteOrder.BIG_ENDIAN),
                pcapng(ByteOrder.LITTLE_ENDIAN));
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] file = files.get(round % files.size()).clone();
            int changes = 1 + random.nextInt(6);
            for (int i = 0; i < changes; i++) {
                file[random.nextInt(file.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
            }
            List<ReadPacket> packets = new ArrayList<>();
            try {
                ReadPacket.readTo(packets, file);
            } catch (WeirException e) {
                refused++;
                assertTrue(e.getMessage().startsWith("test") && e.getMessage().indexOf('\n') < 0, e.getMessage());
            }
            assertTrue(packets.size() <= file.length / 16, "no byte is read twice");
        }
        assertTrue(refused > ROUNDS / 10 && refused < ROUNDS, "some are refused, not all: " + refused);
    }

    @Test
    void aHugeClaimAllocatesOnlyForWhatIsThere() {
        FileBytes file = FileBytes.in(ByteOrder.BIG_ENDIAN);
        file.section().interfaceDescription(1, 0, file.body()).u32(6).u32(16 << 20);
        byte[] claim = file.bytes(new byte[1000]).toByteArray();
        try (CaptureFileReader reader = ReadPacket.open(claim)) {
            WeirException fault = assertThrows(WeirException.class, reader::next);
            assertTrue(
                    fault.getMessage().contains("needs at least 16777216 bytes, 1008 are there"), fault.getMessage());
            assertTrue(reader.memory().capacity() <= 2 * Blocks.BLOCK_BYTES);
        }
    }
}
