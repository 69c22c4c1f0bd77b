package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.BlockDesc;
import dev.weir.linux.IfPacket.Tpacket3Hdr;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BlockRingTest {
    private static final int BLOCK_BYTES = 4096;
    private static final int BLOCKS = 4;

    private final SlotPool pool = new SlotPool(3);
    private final SyntheticBlocks blocks = new SyntheticBlocks(BLOCK_BYTES, BLOCKS);
    private final Slot[] slots = new Slot[64];

    private BlockRing ring(Framing framing, int snapLength, Recheck recheck) {
        BlockRing ring = new BlockRing(
                blocks.memory, BLOCK_BYTES, BLOCKS, new Ring.Intake(pool, 5, framing, snapLength, false, recheck));
        ring.interfaceIndex(7);
        return ring;
    }

    private BlockRing ring() {
        return ring(Framing.ETHERNET, Settings.WHOLE_PACKET_BYTES, null);
    }

    private static byte[] frame(int length) {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++) {
            frame[i] = (byte) (i + 1);
        }
        return frame;
    }

    private void giveBack(BlockRing ring, Slot slot) {
        ring.giveBack((int) slot.handle(), 1);
        pool.give(slot);
    }

    @Test
    void aPacketIsReadWithAllThatTheKernelSaysOfIt() {
        blocks.add(0, frame(60), 1500, IfPacket.TP_STATUS_CSUMNOTREADY, IfPacket.PACKET_OUTGOING, SyntheticBlocks.MAC);
        BlockRing ring = ring();
        assertFalse(ring.isReady());
        assertEquals(0, ring.receive(slots, 64));
        blocks.handOver(0);
        assertTrue(ring.isReady());
        assertEquals(1, ring.receive(slots, 64));
        Slot slot = slots[0];
        assertArrayEquals(frame(60), slot.bytes().toByteArray());
        assertEquals(60, slot.capturedLength());
        assertEquals(1500, slot.wireLength());
        assertEquals(SyntheticBlocks.SECONDS * 1_000_000_000L + SyntheticBlocks.NANOS, slot.timestampNs());
        assertEquals(LinkType.ETHERNET, slot.linkType());
        assertEquals(7, slot.interfaceIndex());
        assertEquals(3, slot.queue());
        assertEquals(PacketOrigin.OUTGOING, slot.origin());
        assertFalse(slot.checksumsComplete());
        assertEquals(5, slot.handle() >>> 32);
    }

    @Test
    void aTimeAfterTheYear2038IsStillPositive() {
        int at = blocks.add(0, frame(60), 60, 0);
        blocks.memory.putInt(at + Tpacket3Hdr.SEC, (int) 3_000_000_000L);
        blocks.handOver(0);
        BlockRing ring = ring();
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(3_000_000_000_123_456_789L, slots[0].timestampNs());
    }

    @Test
    void batchesEndAndGoOnInTheMiddleOfABlock() {
        for (int block = 0; block < 2; block++) {
            for (int i = 0; i < 10; i++) {
                blocks.add(block, frame(20 + block * 10 + i), 60, 0);
            }
            blocks.handOver(block);
        }
        BlockRing ring = ring();
        List<Integer> lengths = new ArrayList<>();
        for (int size; (size = ring.receive(slots, 7)) > 0; ) {
            for (int i = 0; i < size; i++) {
                lengths.add(slots[i].capturedLength());
                giveBack(ring, slots[i]);
            }
        }
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            expected.add(20 + i);
        }
        assertEquals(expected, lengths);
        assertTrue(blocks.isGivenBack(0) && blocks.isGivenBack(1));
        assertEquals(20, ring.taken);
        assertEquals(0, ring.lent());
    }

    @Test
    void aBlockIsFreeOnlyWhenItsLastPacketIs() {
        for (int i = 0; i < 3; i++) {
            blocks.add(0, frame(60), 60, 0);
        }
        blocks.handOver(0);
        BlockRing ring = ring();
        assertEquals(2, ring.receive(slots, 2), "the third is not even lent out");
        giveBack(ring, slots[0]);
        giveBack(ring, slots[1]);
        assertFalse(blocks.isGivenBack(0));
        assertEquals(0, ring.lent());
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(1, ring.lent());
        assertTrue(ring.isNewestHeld());
        giveBack(ring, slots[0]);
        assertTrue(blocks.isGivenBack(0));
        assertFalse(ring.isNewestHeld());
    }

    @Test
    void whatASinkIsDoneWithIsGivenBackAndWhatItKeepsStays() {
        for (int block = 0; block < 2; block++) {
            for (int i = 0; i < 4; i++) {
                blocks.add(block, frame(60 + i), 60 + i, 0);
            }
            blocks.handOver(block);
        }
        BlockRing ring = ring();
        List<Slot> kept = new ArrayList<>();
        Set<Slot> seen = new HashSet<>();
        PacketSink keepOne = slot -> {
            seen.add(slot);
            if (slot.capturedLength() != 61 || !kept.isEmpty()) {
                return PacketSink.Answer.DONE;
            }
            kept.add(slot);
            return PacketSink.Answer.KEPT;
        };
        assertEquals(3, ring.dispatch(keepOne, 3));
        assertEquals(1, ring.lent());
        assertEquals(5, ring.dispatch(keepOne, 64));
        assertEquals(2, seen.size(), "one slot for all but the one that was kept");
        assertFalse(blocks.isGivenBack(0));
        assertTrue(blocks.isGivenBack(1));
        assertEquals(61, kept.get(0).capturedLength());
        giveBack(ring, kept.get(0));
        assertTrue(blocks.isGivenBack(0));
        assertEquals(0, ring.lent());
        assertEquals(0, pool.lent());
    }

    @Test
    void aBlockThatASinkGivesBackOfItsOwnAccordIsGivenBackOnce() {
        blocks.add(0, frame(60), 60, 0);
        blocks.handOver(0);
        BlockRing ring = ring();
        List<Slot> kept = new ArrayList<>();
        assertEquals(
                1,
                ring.dispatch(
                        slot -> {
                            slot.detach();
                            ring.giveBack((int) slot.handle(), 1);
                            assertTrue(blocks.isGivenBack(0));
                            blocks.add(0, frame(62), 62, 0);
                            blocks.handOver(0); // as fast as the kernel can be
                            kept.add(slot);
                            return PacketSink.Answer.KEPT;
                        },
                        1));
        assertFalse(blocks.isGivenBack(0), "it has a new packet");
        assertArrayEquals(frame(60), kept.get(0).bytes().toByteArray());
    }

    @Test
    void aPacketWhoseSinkThrowsIsGivenBackAndTheNextOneComes() {
        for (int i = 0; i < 3; i++) {
            blocks.add(0, frame(60 + i), 60 + i, 0);
        }
        blocks.handOver(0);
        BlockRing ring = ring();
        IllegalStateException bug = new IllegalStateException("as a bug would");
        assertSame(
                bug,
                assertThrows(
                        IllegalStateException.class,
                        () -> ring.dispatch(
                                slot -> {
                                    if (slot.capturedLength() == 61) {
                                        throw bug;
                                    }
                                    return PacketSink.Answer.DONE;
                                },
                                64)));
        assertEquals(0, pool.lent());
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(62, slots[0].capturedLength());
        giveBack(ring, slots[0]);
        assertTrue(blocks.isGivenBack(0));
    }

    @Test
    void whoTakesTheRingOverInTheMiddleFindsTheNextPacketAndNothingIsTouchedBehindItsBack() {
        for (int i = 0; i < 4; i++) {
            blocks.add(0, frame(60 + i), 60 + i, 0);
        }
        blocks.handOver(0);
        BlockRing ring = ring();
        Slot[] others = new Slot[64];
        int[] taken = new int[1];
        assertEquals(
                2,
                ring.dispatch(
                        slot -> {
                            if (slot.capturedLength() == 60) {
                                return PacketSink.Answer.DONE;
                            }
                            taken[0] = ring.receive(others, 64); // as another thread would
                            return PacketSink.Answer.LOST;
                        },
                        64));
        assertEquals(2, taken[0]);
        assertEquals(62, others[0].capturedLength());
        assertEquals(63, others[1].capturedLength());
        assertEquals(3, pool.lent(), "the slot that the sink has stays out");
        assertEquals(0, ring.receive(slots, 64));
        giveBack(ring, others[0]);
        giveBack(ring, others[1]);
        assertFalse(blocks.isGivenBack(0), "the sink may still read its packet");
    }

    @Test
    void packetsOfABlockAreGivenBackTogether() {
        for (int i = 0; i < 3; i++) {
            blocks.add(0, frame(60), 60, 0);
        }
        blocks.handOver(0);
        BlockRing ring = ring();
        assertEquals(3, ring.receive(slots, 64));
        ring.giveBack(0, 2);
        assertEquals(1, ring.lent());
        assertFalse(blocks.isGivenBack(0));
        ring.giveBack(0, 1);
        assertEquals(0, ring.lent());
        assertTrue(blocks.isGivenBack(0));
    }

    @Test
    void aHeldPacketPinsItsBlockAndOthersGoOn() {
        for (int block = 0; block < BLOCKS; block++) {
            blocks.add(block, frame(60), 60, 0);
            blocks.handOver(block);
        }
        BlockRing ring = ring();
        assertEquals(BLOCKS, ring.receive(slots, 64));
        Slot held = slots[0];
        for (int i = BLOCKS - 1; i > 0; i--) {
            giveBack(ring, slots[i]);
            assertTrue(blocks.isGivenBack(i), "blocks may come back in any order");
        }
        assertFalse(blocks.isGivenBack(0));
        assertFalse(ring.isReady(), "the block that is still out is not taken for a new one");
        assertEquals(0, ring.receive(slots, 64));
        giveBack(ring, held);
        blocks.add(0, frame(61), 61, 0);
        blocks.handOver(0);
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(61, slots[0].capturedLength());
    }

    @Test
    void aTagThatTheKernelTookOutIsPutBack() {
        int at = blocks.add(0, frame(60), 60, IfPacket.TP_STATUS_VLAN_VALID | IfPacket.TP_STATUS_VLAN_TPID_VALID);
        blocks.memory.putInt(at + Tpacket3Hdr.VLAN_TCI, 0xa123);
        blocks.memory.putShort(at + Tpacket3Hdr.VLAN_TPID, (short) 0x88a8);
        blocks.add(0, frame(61), 61, 0);
        blocks.handOver(0);
        assertEquals(2, ring().receive(slots, 64));
        byte[] expected = HexFormat.of()
                .parseHex(
                        "0102030405060708090a0b0c" + "88a8a123" + HexFormat.of().formatHex(frame(60), 12, 60));
        assertArrayEquals(expected, slots[0].bytes().toByteArray());
        assertEquals(64, slots[0].wireLength());
        assertArrayEquals(frame(61), slots[1].bytes().toByteArray(), "the next one is untouched");
    }

    @Test
    void aTagOfUnknownTypeIs8021Q() {
        int at = blocks.add(0, frame(60), 60, IfPacket.TP_STATUS_VLAN_VALID);
        blocks.memory.putInt(at + Tpacket3Hdr.VLAN_TCI, 5);
        blocks.handOver(0);
        assertEquals(1, ring().receive(slots, 64));
        assertEquals(0x81000005, slots[0].bytes().i32(12));
    }

    @Test
    void aFrameTooShortForItsAddressesGetsNoTag() {
        blocks.add(0, frame(11), 60, IfPacket.TP_STATUS_VLAN_VALID);
        blocks.add(0, frame(60), 60, 0);
        blocks.handOver(0);
        assertEquals(2, ring().receive(slots, 64));
        assertArrayEquals(frame(11), slots[0].bytes().toByteArray());
        assertArrayEquals(frame(60), slots[1].bytes().toByteArray());
    }

    @Test
    void theSnapLengthCountsARestoredTag() {
        int at = blocks.add(0, frame(64), 1000, IfPacket.TP_STATUS_VLAN_VALID);
        blocks.memory.putInt(at + Tpacket3Hdr.VLAN_TCI, 5);
        blocks.handOver(0);
        assertEquals(1, ring(Framing.ETHERNET, 64, null).receive(slots, 64));
        assertEquals(64, slots[0].capturedLength());
        assertEquals(1004, slots[0].wireLength());
    }

    @Test
    void aCookedHeaderIsMade() {
        blocks.add(0, frame(40), 40, 0, IfPacket.PACKET_BROADCAST, 100);
        int at = blocks.add(0, frame(41), 41, IfPacket.TP_STATUS_VLAN_VALID, IfPacket.PACKET_HOST, 100);
        blocks.memory.putInt(at + Tpacket3Hdr.VLAN_TCI, 0x0064);
        blocks.handOver(0);
        assertEquals(2, ring(Framing.COOKED, Settings.WHOLE_PACKET_BYTES, null).receive(slots, 64));
        assertEquals(LinkType.LINUX_SLL2, slots[0].linkType());
        assertEquals(
                "0800" + "0000" + "00000007" + "0001" + "01" + "06" + "0200000000090000"
                        + HexFormat.of().formatHex(frame(40)),
                HexFormat.of().formatHex(slots[0].bytes().toByteArray()));
        assertEquals(60, slots[0].wireLength());
        assertEquals(
                "8100" + "0000" + "00000007" + "0001" + "00" + "06" + "0200000000090000" + "0064" + "0800"
                        + HexFormat.of().formatHex(frame(41)),
                HexFormat.of().formatHex(slots[1].bytes().toByteArray()));
    }

    @Test
    void whatIsLeftToDecideHereIsDecidedOnTheRestoredBytes() {
        for (int vlan = 1; vlan <= 3; vlan++) {
            int at = blocks.add(0, frame(60), 60, IfPacket.TP_STATUS_VLAN_VALID);
            blocks.memory.putInt(at + Tpacket3Hdr.VLAN_TCI, vlan);
        }
        blocks.handOver(0);
        Recheck ofTheSecond =
                (memory, offset, captured, wire) -> captured == 64 && wire == 64 && memory.get(offset + 15) == 2;
        BlockRing ring = ring(Framing.ETHERNET, Settings.WHOLE_PACKET_BYTES, ofTheSecond);
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(2, slots[0].bytes().u16(14));
        assertEquals(3, ring.taken);
        giveBack(ring, slots[0]);
        assertTrue(blocks.isGivenBack(0), "refused packets do not keep the block");
        assertEquals(0, pool.lent());
    }

    @Test
    void anEmptyBlockGoesStraightBack() {
        blocks.handOver(0);
        blocks.add(1, frame(60), 60, 0);
        blocks.handOver(1);
        BlockRing ring = ring();
        assertEquals(1, ring.receive(slots, 64));
        assertTrue(blocks.isGivenBack(0));
    }

    @Test
    void aStepOfZeroEndsTheBlock() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.NEXT_OFFSET, 0), 1);
    }

    @Test
    void aStepBackwardsEndsTheBlock() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.NEXT_OFFSET, -152), 1);
    }

    @Test
    void aStepToWhereNoHeaderCanBeginEndsTheBlock() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.NEXT_OFFSET, 156), 1);
    }

    @Test
    void aStepOutOfTheBlockEndsIt() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.NEXT_OFFSET, BLOCK_BYTES - 60), 1);
    }

    @Test
    void aLengthBeyondTheBlockEndsIt() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.SNAPLEN, BLOCK_BYTES), 0);
    }

    @Test
    void aNegativeLengthEndsTheBlock() {
        corrupt(at -> blocks.memory.putInt(at + Tpacket3Hdr.SNAPLEN, -1), 0);
    }

    @Test
    void aPacketInsideItsHeaderEndsTheBlock() {
        corrupt(at -> blocks.memory.putShort(at + Tpacket3Hdr.MAC, (short) 10), 0);
    }

    @Test
    void anImpossibleCountOfPacketsSkipsTheBlock() {
        corrupt(at -> blocks.memory.putInt(BlockDesc.NUM_PKTS, Integer.MAX_VALUE), 0);
    }

    @Test
    void aNegativeCountOfPacketsSkipsTheBlock() {
        corrupt(at -> blocks.memory.putInt(BlockDesc.NUM_PKTS, -1), 0);
    }

    @Test
    void aFirstPacketOutsideSkipsTheBlock() {
        corrupt(at -> blocks.memory.putInt(BlockDesc.OFFSET_TO_FIRST_PKT, -8), 0);
    }

    private interface Corruption {
        void of(int header);
    }

    /** Three packets in block 0, whose first is corrupted, and one in block 1, which has to arrive nevertheless. */
    private void corrupt(Corruption corruption, int stillGood) {
        int first = blocks.add(0, frame(60), 60, 0);
        blocks.add(0, frame(60), 60, 0);
        blocks.add(0, frame(60), 60, 0);
        blocks.handOver(0);
        blocks.add(1, frame(99), 99, 0);
        blocks.handOver(1);
        corruption.of(first);
        BlockRing ring = ring();
        assertEquals(stillGood + 1, ring.receive(slots, 64));
        assertEquals(99, slots[stillGood].capturedLength());
        for (int i = 0; i <= stillGood; i++) {
            giveBack(ring, slots[i]);
        }
        assertTrue(blocks.isGivenBack(0) && blocks.isGivenBack(1));
        assertEquals(0, ring.lent());
    }

    @Test
    void noContentMakesTheWalkLoopOrLeaveTheRing() {
        Random random = new Random(2);
        BlockRing ring = ring();
        long deadline = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        for (int round = 0; round < 20_000 && System.nanoTime() < deadline; round++) {
            for (int block = 0; block < BLOCKS; block++) {
                for (int i = 0; i < 6; i++) {
                    blocks.add(block, frame(random.nextInt(200)), 60, random.nextInt(256));
                }
                blocks.handOver(block);
                for (int flips = random.nextInt(4); flips > 0; flips--) {
                    int where = blocks.block(block) + 12 + random.nextInt(700);
                    blocks.memory.put(where, (byte) random.nextInt());
                }
            }
            int total = 0;
            for (int size; (size = ring.receive(slots, 64)) > 0; ) {
                total += size;
                for (int i = 0; i < size; i++) {
                    slots[i].bytes().toByteArray();
                    giveBack(ring, slots[i]);
                }
            }
            assertTrue(total <= BLOCKS * BLOCK_BYTES / BlockRing.HEADER_BYTES);
            assertEquals(0, ring.lent());
            assertEquals(0, pool.lent());
        }
    }
}
