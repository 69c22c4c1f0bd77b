package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.RingOffset;
import dev.weir.linux.IfXdp.XdpDesc;
import dev.weir.linux.MappedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rings over memory of our own, with the test as the kernel. */
class RingTest {
    private static final int SIZE = 8;
    private static final int PRODUCER = 0;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;
    private static final int ENTRIES = 192;

    private final MappedMemory memory = MappedMemory.anonymous(4096);
    private final ByteBuffer kernel = memory.bytes();
    private final ByteBuffer offsets = ByteBuffer.allocate(RingOffset.BYTES).order(ByteOrder.nativeOrder());

    RingTest() {
        offsets.putLong(RingOffset.PRODUCER, PRODUCER)
                .putLong(RingOffset.CONSUMER, CONSUMER)
                .putLong(RingOffset.DESC, ENTRIES)
                .putLong(RingOffset.FLAGS, FLAGS);
    }

    @AfterEach
    void unmap() {
        memory.close();
    }

    @Test
    void whatIsPutIsSeenWhenItIsSubmitted() {
        ProducerRing ring = new ProducerRing(memory, offsets, 0, SIZE);
        assertEquals(SIZE, ring.room(1));
        ring.put(0x1000, 60, IfXdp.Newer.XDP_PKT_CONTD);
        assertEquals(0, kernel.getInt(PRODUCER));
        assertTrue(ring.submit());
        assertFalse(ring.submit(), "nothing new");
        assertEquals(1, kernel.getInt(PRODUCER));
        assertEquals(0x1000, kernel.getLong(ENTRIES + XdpDesc.ADDR));
        assertEquals(60, kernel.getInt(ENTRIES + XdpDesc.LEN));
        assertEquals(IfXdp.Newer.XDP_PKT_CONTD, kernel.getInt(ENTRIES + XdpDesc.OPTIONS));
        assertEquals(1, ring.pending());
    }

    @Test
    void aFullRingHasRoomAgainWhenTheKernelHasTakenSome() {
        ProducerRing ring = new ProducerRing(memory, offsets, 0, SIZE);
        for (int i = 0; i < SIZE; i++) {
            ring.put(i);
        }
        ring.submit();
        assertEquals(0, ring.room(1));
        kernel.putInt(CONSUMER, 3);
        assertEquals(3, ring.room(1));
        ring.put(100);
        assertEquals(100, kernel.getLong(ENTRIES), "the first place is used again");
    }

    @Test
    void indicesWrapAroundTheirWidth() {
        kernel.putInt(PRODUCER, 0);
        ProducerRing filled = new ProducerRing(memory, offsets, 0, SIZE);
        ConsumerRing emptied = new ConsumerRing(memory, offsets, 0, SIZE);
        long sum = 0;
        for (long i = 0; i < 100_000; i++) {
            filled.put(i);
            filled.submit();
            assertEquals(1, emptied.peek(4));
            sum += emptied.address(0);
            emptied.release(1);
            assertEquals(SIZE, filled.room(SIZE));
        }
        assertEquals(100_000L * 99_999 / 2, sum);
        assertTrue(emptied.isEmpty());
    }

    @Test
    void peekingShowsNoMoreThanIsThereAndReleaseGivesItBack() {
        ConsumerRing ring = new ConsumerRing(memory, offsets, 0, SIZE);
        assertEquals(0, ring.peek(4));
        kernel.putLong(ENTRIES + XdpDesc.BYTES + XdpDesc.ADDR, 0x2100);
        kernel.putInt(PRODUCER, 2);
        assertEquals(1, ring.peek(1));
        assertEquals(2, ring.peek(4));
        assertEquals(0x2100, ring.memory.getLong(ring.descriptor(1) + XdpDesc.ADDR));
        assertEquals(0, kernel.getInt(CONSUMER));
        ring.release(2);
        assertEquals(2, kernel.getInt(CONSUMER));
    }

    @Test
    void theKernelAsksToBeCalledByAFlag() {
        ProducerRing ring = new ProducerRing(memory, offsets, 0, SIZE);
        assertFalse(ring.needsWakeup());
        kernel.putInt(FLAGS, IfXdp.XDP_RING_NEED_WAKEUP);
        assertTrue(ring.needsWakeup());
    }
}
