package dev.weir.pcap;

import static dev.weir.pcap.FileBytes.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.WeirException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcapngFormatTest {
    private static final int UNKNOWN_BLOCK = 0x0bad_cafe;

    private static FileBytes file(boolean big) {
        return FileBytes.in(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    private static FileBytes ethernet(FileBytes file) {
        return file.section().interfaceDescription(LinkType.ETHERNET, 0, file.body());
    }

    private static String faultOf(FileBytes file) {
        return assertThrows(WeirException.class, () -> ReadPacket.all(file.toByteArray()))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsPacketsOfSeveralInterfaces(boolean big) {
        FileBytes file = file(big);
        ethernet(file)
                .interfaceDescription(
                        LinkType.RAW, 64, file.body().option(2, (byte) 'e').option(9, (byte) 9))
                .enhanced(0, 1_000_001, 60, packet(60, 1))
                .enhanced(1, 2_000_000_002L, 1500, packet(63, 2));
        assertEquals(
                List.of(
                        ReadPacket.of(1_000_001_000L, 1, 0, 60, packet(60, 1)),
                        ReadPacket.of(2_000_000_002L, 101, 1, 1500, packet(63, 2))),
                ReadPacket.all(file.toByteArray()));
    }

    @Test
    void aNewSectionHasItsOwnByteOrderAndInterfaces() {
        FileBytes first = ethernet(file(true)).enhanced(0, 7, 3, packet(3, 1));
        FileBytes second = file(false);
        second.section().interfaceDescription(LinkType.IPV6, 0, second.body()).enhanced(0, 8, 2, packet(2, 5));
        byte[] both = file(true)
                .bytes(first.toByteArray())
                .bytes(second.toByteArray())
                .bytes(first.toByteArray())
                .toByteArray();
        assertEquals(
                List.of(
                        ReadPacket.of(7000, 1, 0, 3, packet(3, 1)),
                        ReadPacket.of(8000, 229, 0, 2, packet(2, 5)),
                        ReadPacket.of(7000, 1, 0, 3, packet(3, 1))),
                ReadPacket.all(both));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsSimpleAndObsoletePacketBlocksAndSkipsOthers(boolean big) {
        FileBytes file = file(big);
        file.section()
                .interfaceDescription(LinkType.ETHERNET, 8, file.body())
                .obsolete(0, 4, 1_000_000, 5, packet(5, 1))
                .block(UNKNOWN_BLOCK, file.body().bytes(packet(300_001, 9)))
                .block(5, file.body().u32(0).u64(1))
                .simple(100, packet(8, 3))
                .simple(3, packet(3, 3));
        assertEquals(
                List.of(
                        ReadPacket.of(1_000_000_000L, 1, 0, 5, packet(5, 1)),
                        ReadPacket.of(1_000_000_000L, 1, 0, 100, packet(8, 3)),
                        ReadPacket.of(1_000_000_000L, 1, 0, 3, packet(3, 3))),
                ReadPacket.all(file.toByteArray()));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 3, 3000000000",
        "3, 1500, 1500000000",
        "6, 1500000, 1500000000",
        "9, 1500000000, 1500000000",
        "12, 1500000000999, 1500000000",
        "18, 1500000000000000000, 1500000000",
        "19, 9223372036854775807, 922337203",
        "40, 9223372036854775807, 0",
        "128, 3, 3000000000",
        "129, 3, 1500000000",
        "138, 1536, 1500000000",
        "160, 6442450944, 1500000000",
        "191, 4611686018427387904, 500000000",
        "192, 9223372036854775807, 499999999",
        "200, 9223372036854775807, 1953124",
        "255, 9223372036854775807, 0",
        "0, 9223372036854775807, 9223372036854775807",
        "128, 9223372036854775807, 9223372036854775807",
        "6, -1, 9223372036854775807",
        "192, -1, 999999999",
    })
    void timestampsOfAnyUnitBecomeNanoseconds(int resolution, long units, long expectedNs) {
        assertEquals(expectedNs, TimestampUnit.of(resolution, 0).toNs(units));
    }

    @Test
    void theTimestampOffsetIsAdded() {
        FileBytes file = file(false);
        file.section()
                .interfaceDescription(
                        1,
                        0,
                        file.body()
                                .option(9, (byte) 3)
                                .option(14, file.body().u64(-2).toByteArray())
                                .u32(0))
                .enhanced(0, 5_001, 1, packet(1, 0));
        assertEquals(3_001_000_000L, ReadPacket.all(file.toByteArray()).get(0).timestampNs());
        assertEquals(Long.MAX_VALUE, TimestampUnit.of(6, Long.MAX_VALUE).toNs(1));
        assertEquals(Long.MIN_VALUE, TimestampUnit.of(6, Long.MIN_VALUE).toNs(0));
    }

    @Test
    void aFileCutAnywhereGivesTheWholePacketsAndThenTheOffset() {
        FileBytes file = ethernet(file(false)).enhanced(0, 1, 30, packet(30, 0));
        int one = file.toByteArray().length;
        file.block(UNKNOWN_BLOCK, file.body().bytes(packet(40, 0)));
        int two = file.toByteArray().length;
        file.enhanced(0, 2, 9, packet(9, 0));
        byte[] whole = file.toByteArray();
        for (int length = 4; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            List<ReadPacket> packets = new ArrayList<>();
            if (length == 28 || length == 48 || length == one || length == two) {
                ReadPacket.readTo(packets, cut);
            } else {
                WeirException fault =
                        assertThrows(WeirException.class, () -> ReadPacket.readTo(packets, cut), "cut to " + length);
                assertTrue(
                        fault.getMessage().startsWith("test: breaks off at byte " + length + ": "), fault.getMessage());
            }
            assertEquals(length < one ? 0 : 1, packets.size(), "cut to " + length);
        }
    }

    @Test
    void corruptBlocksAreNamedWithTheirOffset() {
        assertEquals(
                "test: corrupt at byte 52: a block length of 5; it is a multiple of 4 and at least 12",
                faultOf(ethernet(file(true)).u32(6).u32(5).u32(0)));
        assertEquals(
                "test: corrupt at byte 52: a block length of 4294967294; it is a multiple of 4 and at least 12",
                faultOf(ethernet(file(true)).u32(6).u32(0xffff_fffeL).u32(0)));
        assertEquals(
                "test: corrupt at byte 52: a block of 4294967292 bytes; at most 16777216 are believed",
                faultOf(ethernet(file(true)).u32(6).u32(0xffff_fffcL).u32(0)));
        assertEquals(
                "test: breaks off at byte 60: 4294967280 more bytes of a block are missing",
                faultOf(ethernet(file(true))
                        .u32(UNKNOWN_BLOCK)
                        .u32(0xffff_fffcL)
                        .u32(0)));
        assertEquals(
                "test: corrupt at byte 60: a block of 16 bytes ends with the length 17",
                faultOf(ethernet(file(true)).u32(3).u32(16).u32(0).u32(17)));
        assertEquals(
                "test: corrupt at byte 52: a block of 12 bytes where its type needs 32",
                faultOf(ethernet(file(true)).u32(6).u32(12).u32(12)));
        assertEquals(
                "test: corrupt at byte 56: a packet of interface 1 where the section has described 1",
                faultOf(ethernet(file(true)).enhanced(1, 0, 0)));
        assertEquals(
                "test: corrupt at byte 28: a packet of interface 0 where the section has described 0",
                faultOf(file(true).section().simple(0)));
        assertEquals(
                "test: corrupt at byte 68: a packet of 33 bytes in a block with room for 32",
                faultOf(ethernet(file(true))
                        .block(6, file(true).u32(0).u64(0).u32(33).u32(33).bytes(new byte[32]))));
        assertEquals(
                "test: corrupt at byte 12: pcapng version 2; only 1 is known",
                faultOf(file(true)
                        .block(
                                0x0a0d0d0a,
                                file(true).u32(0x1a2b3c4d).u16(2).u16(0).u64(-1))));
        assertEquals(
                "test: corrupt at byte 8: the byte-order magic of a section is 1a2b3c4d, not 12345678",
                faultOf(file(true)
                        .block(
                                0x0a0d0d0a,
                                file(true).u32(0x12345678).u16(1).u16(0).u64(-1))));
    }

    @Test
    void optionsThatPointOutsideTheirBlockAreNoOptions() {
        FileBytes file = file(false);
        file.section()
                .interfaceDescription(1, 0, file.body().u16(9).u16(0xffff).u32(0))
                .block(
                        6,
                        file.body()
                                .u32(0)
                                .u64(0x1_0000_0000L)
                                .u32(4)
                                .u32(4)
                                .bytes(packet(4, 0))
                                .u16(2)
                                .u16(5)
                                .u32(1));
        assertEquals(List.of(ReadPacket.of(1000, 1, 0, 4, packet(4, 0))), ReadPacket.all(file.toByteArray()));
    }
}
