package dev.weir.pcap;

import static dev.weir.pcap.FileBytes.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.LinkType;
import dev.weir.WeirException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcapFormatTest {
    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;

    private static ByteOrder order(boolean big) {
        return big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private static byte[] twoPackets(ByteOrder order, int magic) {
        return FileBytes.in(order)
                .pcapHeader(magic, 96, LinkType.ETHERNET)
                .pcapRecord(1_700_000_000L, 123_456, 60, packet(60, 1))
                .pcapRecord(1_700_000_001L, 999_999, 1514, packet(96, 7))
                .toByteArray();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsMicrosecondsInEitherByteOrder(boolean big) {
        assertEquals(
                List.of(
                        ReadPacket.of(1_700_000_000_123_456_000L, 1, 0, 60, packet(60, 1)),
                        ReadPacket.of(1_700_000_001_999_999_000L, 1, 0, 1514, packet(96, 7))),
                ReadPacket.all(twoPackets(order(big), MICROSECONDS)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsNanosecondsInEitherByteOrder(boolean big) {
        assertEquals(
                List.of(1_700_000_000_000_123_456L, 1_700_000_001_000_999_999L),
                ReadPacket.all(twoPackets(order(big), NANOSECONDS)).stream()
                        .map(ReadPacket::timestampNs)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsTheModifiedFormatWithItsInterface(boolean big) {
        byte[] file = FileBytes.in(order(big))
                .pcapHeader(0xa1b2cd34, 65535, LinkType.ETHERNET)
                .u32(5)
                .u32(6)
                .u32(4)
                .u32(44)
                .u32(3)
                .u16(0x0800)
                .u8(0, 0)
                .bytes(packet(4, 9))
                .toByteArray();
        assertEquals(List.of(ReadPacket.of(5_000_006_000L, 1, 3, 44, packet(4, 9))), ReadPacket.all(file));
    }

    @Test
    void timeAfter2038IsNotNegative() {
        byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .pcapHeader(MICROSECONDS, 0, 1)
                .pcapRecord(0xffff_fff0L, 0, 1, packet(1, 0))
                .toByteArray();
        assertEquals(0xffff_fff0L * 1_000_000_000L, ReadPacket.all(file).get(0).timestampNs());
    }

    @Test
    void theLengthOfTheCheckSequenceIsNoPartOfTheLinkType() {
        byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .pcapHeader(MICROSECONDS, 0, 0x3400_0000 | LinkType.LINUX_SLL)
                .pcapRecord(1, 0, 1, packet(1, 0))
                .toByteArray();
        assertEquals(LinkType.LINUX_SLL, ReadPacket.all(file).get(0).linkType());
    }

    @Test
    void numbersThatSystemsUseForRawIpAreRead() {
        for (int number : new int[] {12, 14, 101}) {
            byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                    .pcapHeader(MICROSECONDS, 0, number)
                    .pcapRecord(1, 0, 1, packet(1, 0))
                    .toByteArray();
            assertEquals(LinkType.RAW, ReadPacket.all(file).get(0).linkType());
        }
    }

    @Test
    void unknownLinkTypesAndEmptyPacketsAreDelivered() {
        byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .pcapHeader(MICROSECONDS, 0, 147)
                .pcapRecord(1, 0, 0)
                .pcapRecord(2, 0, 70_000, packet(70_000, 3))
                .toByteArray();
        assertEquals(
                List.of(
                        ReadPacket.of(1_000_000_000L, 147, 0, 0, new byte[0]),
                        ReadPacket.of(2_000_000_000L, 147, 0, 70_000, packet(70_000, 3))),
                ReadPacket.all(file));
    }

    @Test
    void lengthsOfOldVersionsMayStandInEitherOrder() {
        FileBytes bytes = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .u32(MICROSECONDS)
                .u16(2)
                .u16(3)
                .u64(0)
                .u32(68)
                .u32(1);
        byte[] file = bytes.u32(1).u32(0).u32(100).u32(2).bytes(packet(2, 0)).toByteArray();
        assertEquals(List.of(ReadPacket.of(1_000_000_000L, 1, 0, 100, packet(2, 0))), ReadPacket.all(file));
    }

    @Test
    void aFileCutAnywhereGivesTheWholePacketsAndThenTheOffset() {
        byte[] file = twoPackets(ByteOrder.LITTLE_ENDIAN, MICROSECONDS);
        int first = 24 + 16 + 60;
        for (int length = 4; length < file.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(file, length);
            List<ReadPacket> packets = new ArrayList<>();
            int expected = length < first ? 0 : 1;
            if (length == 24 || length == first) {
                ReadPacket.readTo(packets, cut);
            } else {
                WeirException fault =
                        assertThrows(WeirException.class, () -> ReadPacket.readTo(packets, cut), "cut to " + length);
                assertEquals(0, fault.getMessage().indexOf("test: breaks off at byte " + length + ": the "));
            }
            assertEquals(expected, packets.size(), "cut to " + length);
        }
    }

    @Test
    void aHostileLengthIsRefusedWithItsOffset() {
        byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .pcapHeader(MICROSECONDS, 65535, 1)
                .pcapRecord(1, 0, 1, packet(1, 0))
                .u32(1)
                .u32(1)
                .u32(0xffff_ffffL)
                .u32(60)
                .toByteArray();
        List<ReadPacket> packets = new ArrayList<>();
        WeirException fault = assertThrows(WeirException.class, () -> ReadPacket.readTo(packets, file));
        assertEquals(
                "test: corrupt at byte 49: a packet of 4294967295 bytes; at most 262144 are believed",
                fault.getMessage());
        assertEquals(1, packets.size());
    }

    @Test
    void anUnknownVersionIsRefused() {
        byte[] file = FileBytes.in(ByteOrder.LITTLE_ENDIAN)
                .u32(MICROSECONDS)
                .u16(9)
                .u16(1)
                .bytes(new byte[16])
                .toByteArray();
        WeirException fault = assertThrows(WeirException.class, () -> ReadPacket.all(file));
        assertEquals("test: corrupt at byte 4: pcap version 9.1; only 2.x is known", fault.getMessage());
    }

    @Test
    void whatIsNoCaptureFileIsSaid() {
        assertEquals(
                "test is empty",
                assertThrows(WeirException.class, () -> ReadPacket.all(new byte[0]))
                        .getMessage());
        assertEquals(
                "test is not a capture file (it begins with 50 4b 03 04); pcap and pcapng are read, also compressed"
                        + " with gzip",
                assertThrows(WeirException.class, () -> ReadPacket.all(new byte[] {0x50, 0x4b, 3, 4, 5, 6}))
                        .getMessage());
        assertEquals(
                "test is not a capture file (it begins with 50); pcap and pcapng are read, also compressed with gzip",
                assertThrows(WeirException.class, () -> ReadPacket.all(new byte[] {0x50}))
                        .getMessage());
    }
}
