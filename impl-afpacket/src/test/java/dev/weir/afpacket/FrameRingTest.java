package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.IfPacket.Tpacket2Hdr;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FrameRingTest {
    private static final int FRAME_BYTES = 512;
    private static final int FRAMES = 8;

    /** Where the kernel puts an Ethernet frame behind its header when four bytes are reserved. */
    private static final int MAC = 70;

    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(FRAME_BYTES * FRAMES).order(ByteOrder.nativeOrder());
    private final SlotPool pool = new SlotPool(0);
    private final FrameRing ring = new FrameRing(
            memory,
            FRAME_BYTES,
            FRAMES,
            new Ring.Intake(pool, 0, Framing.ETHERNET, Settings.WHOLE_PACKET_BYTES, false, null),
            null);
    private final Slot[] slots = new Slot[64];

    private void put(int frame, int length, int status) {
        int at = frame * FRAME_BYTES;
        memory.putInt(at + Tpacket2Hdr.LEN, length);
        memory.putInt(at + Tpacket2Hdr.SNAPLEN, length);
        memory.putShort(at + Tpacket2Hdr.MAC, (short) MAC);
        memory.putInt(at + Tpacket2Hdr.SEC, 1);
        memory.putInt(at + Tpacket2Hdr.NSEC, 2);
        memory.putShort(at + Tpacket2Hdr.VLAN_TCI, (short) 0xf234);
        memory.putShort(at + Tpacket2Hdr.VLAN_TPID, (short) 0x9100);
        memory.put(at + Tpacket2Hdr.SOCKADDR_LL + SockaddrLl.PKTTYPE, (byte) IfPacket.PACKET_HOST);
        for (int i = 0; i < length && i < FRAME_BYTES - MAC; i++) {
            memory.put(at + MAC + i, (byte) i);
        }
        memory.putInt(at + Tpacket2Hdr.STATUS, status | IfPacket.TP_STATUS_USER);
    }

    private boolean isGivenBack(int frame) {
        return memory.getInt(frame * FRAME_BYTES + Tpacket2Hdr.STATUS) == IfPacket.TP_STATUS_KERNEL;
    }

    private void giveBack(Slot slot) {
        ring.giveBack((int) slot.handle(), 1);
        pool.give(slot);
    }

    @Test
    void framesAreTakenAroundTheRingAndComeBackInAnyOrder() {
        int length = 20;
        for (int round = 0; round < 5; round++) {
            assertFalse(ring.isReady());
            for (int i = 0; i < 6; i++) {
                put((round * 6 + i) % FRAMES, length++, 0);
            }
            assertTrue(ring.isReady());
            assertEquals(4, ring.receive(slots, 4));
            Slot[] rest = new Slot[4];
            assertEquals(2, ring.receive(rest, 4));
            assertEquals(length - 1, rest[1].capturedLength());
            assertTrue(ring.isNewestHeld());
            giveBack(rest[1]);
            giveBack(slots[2]);
            giveBack(slots[0]);
            giveBack(rest[0]);
            giveBack(slots[3]);
            assertEquals(1, ring.lent());
            giveBack(slots[1]);
            assertFalse(ring.isNewestHeld());
        }
        assertEquals(30, ring.taken);
    }

    @Test
    void aFrameThatIsStillOutIsNotTakenForANewOne() {
        for (int frame = 0; frame < FRAMES; frame++) {
            put(frame, 60, 0);
        }
        assertEquals(FRAMES, ring.receive(slots, 64));
        assertFalse(ring.isReady());
        assertEquals(0, ring.receive(new Slot[4], 4));
        for (int frame = 0; frame < FRAMES; frame++) {
            assertFalse(isGivenBack(frame));
            giveBack(slots[frame]);
            assertTrue(isGivenBack(frame));
        }
    }

    @Test
    void aTagIsPutBack() {
        put(0, 60, IfPacket.TP_STATUS_VLAN_VALID | IfPacket.TP_STATUS_VLAN_TPID_VALID);
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(64, slots[0].wireLength());
        assertEquals(0x9100f234, slots[0].bytes().i32(12));
        assertEquals(12, slots[0].bytes().u8(16));
        assertEquals(1_000_000_002L, slots[0].timestampNs());
    }

    @Test
    void aFrameThatMakesNoSenseIsPassedOver() {
        put(0, FRAME_BYTES, 0);
        put(1, -1, 0);
        put(2, 60, 0);
        memory.putShort(2 * FRAME_BYTES + Tpacket2Hdr.MAC, (short) 3);
        put(3, 61, 0);
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(61, slots[0].capturedLength());
        assertEquals(3, ring.malformed);
        assertTrue(isGivenBack(0) && isGivenBack(1) && isGivenBack(2));
        assertEquals(1, ring.lent());
        assertEquals(1, pool.lent());
    }

    @Test
    void aCopyThatCannotBeFetchedLeavesThePacketCut() {
        put(0, 100, IfPacket.TP_STATUS_COPY);
        memory.putInt(Tpacket2Hdr.LEN, 5000);
        assertEquals(1, ring.receive(slots, 64));
        assertEquals(100, slots[0].capturedLength());
        assertEquals(5000, slots[0].wireLength());
    }

    @Test
    void noContentMakesTheWalkLoopOrLeaveTheRing() {
        Random random = new Random(3);
        byte[] noise = new byte[FRAME_BYTES];
        for (int round = 0; round < 20_000; round++) {
            for (int frame = 0; frame < FRAMES; frame++) {
                random.nextBytes(noise);
                memory.put(frame * FRAME_BYTES, noise);
                if (random.nextBoolean()) {
                    put(frame, random.nextInt(FRAME_BYTES), random.nextInt(256));
                }
            }
            int size = ring.receive(slots, 64);
            assertTrue(size <= FRAMES);
            for (int i = 0; i < size; i++) {
                byte[] bytes = slots[i].bytes().toByteArray();
                assertArrayEquals(bytes, slots[i].bytes().toByteArray());
                giveBack(slots[i]);
            }
            assertEquals(0, ring.lent());
        }
    }
}
