package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReceiveBuffersTest {
    private static final int BATCH = 4;
    private static final int SPARES = 6;

    private static final int MOST = 8;

    private final ReceiveBuffers buffers = new ReceiveBuffers(BATCH, MOST, SPARES, 64);

    @Test
    void aBufferThatIsGivenBackInTimeIsFilledAgain() {
        ByteBuffer first = buffers.bytes(0);
        buffers.giveBack(buffers.keep(0));
        buffers.renew(BATCH);
        assertSame(first, buffers.bytes(0));
    }

    @Test
    void aBufferThatIsStillKeptLeavesItsPlaceAndComesBackAsASpareOne() {
        ByteBuffer first = buffers.bytes(1);
        ReceiveBuffers.Buffer kept = buffers.keep(1);
        assertSame(first, buffers.bytes(1));
        buffers.renew(BATCH);
        assertNotSame(first, buffers.bytes(1));
        buffers.giveBack(kept);
        buffers.keep(1);
        buffers.renew(BATCH);
        assertSame(first, buffers.bytes(1));
    }

    @Test
    void aLargerBatchTakesItsPlacesFromTheSpareOnesAndGivesThemBack() {
        assertEquals(MOST, buffers.renew(MOST));
        ByteBuffer last = buffers.bytes(MOST - 1);
        buffers.keep(0);
        buffers.keep(1);
        assertFalse(buffers.hasSpare());
        assertEquals(MOST, buffers.renew(MOST));
        assertSame(last, buffers.bytes(MOST - 1));
        assertEquals(BATCH, buffers.renew(BATCH));
        assertTrue(buffers.hasSpare());
        assertEquals(2, buffers.renew(2));
        assertEquals(MOST, buffers.renew(MOST));
    }

    @Test
    void aBatchIsSmallerWhereTheSpareOnesAreKept() {
        for (int i = 0; i < SPARES - 1; i++) {
            assertTrue(buffers.hasSpare());
            buffers.keep(i % BATCH);
            buffers.renew(BATCH);
        }
        assertEquals(BATCH + 1, buffers.renew(MOST));
        assertFalse(buffers.hasSpare());
    }

    @Test
    void whatIsKeptIsNeverFilledAndTheBoundHolds() {
        Random random = new Random(5);
        ArrayDeque<ReceiveBuffers.Buffer> out = new ArrayDeque<>();
        ArrayDeque<ByteBuffer> memory = new ArrayDeque<>();
        for (int round = 0; round < 20_000; round++) {
            int places = buffers.renew(1 + random.nextInt(MOST));
            Set<ByteBuffer> standing = Collections.newSetFromMap(new IdentityHashMap<>());
            for (int place = 0; place < places; place++) {
                standing.add(buffers.bytes(place));
            }
            assertEquals(places, standing.size());
            memory.forEach(kept -> assertFalse(standing.contains(kept)));
            for (int place = 0; place < places; place++) {
                if (random.nextBoolean() && buffers.hasSpare()) {
                    memory.add(buffers.bytes(place));
                    out.add(buffers.keep(place));
                }
            }
            assertTrue(out.size() <= SPARES);
            for (int count = random.nextInt(out.size() + 1); count > 0; count--) {
                // in any order
                boolean youngest = random.nextBoolean();
                buffers.giveBack(youngest ? out.pollLast() : out.pollFirst());
                if (youngest) {
                    memory.removeLast();
                } else {
                    memory.removeFirst();
                }
            }
        }
    }
}
