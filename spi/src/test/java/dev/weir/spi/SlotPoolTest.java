package dev.weir.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.LinkType;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SlotPoolTest {
    private final SlotPool pool = new SlotPool(2);

    private Slot take() {
        return pool.take().fill(ByteBuffer.allocate(60), 0, 60, 60, LinkType.ETHERNET, 1);
    }

    @Test
    void theSlotUsedLastIsUsedNext() {
        Slot first = take();
        Slot second = take();
        pool.give(first);
        pool.give(second);
        assertSame(second, take());
        assertSame(first, take());
        assertEquals(2, pool.lent());
        assertEquals(2, first.queue());
    }

    @Test
    void manySlotsComeBackAtOnceAndEachIsUsedAgainOnce() {
        Slot[] slots = new Slot[300];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = take();
        }
        Slot apart = slots[0];
        pool.give(apart);
        pool.give(java.util.Arrays.copyOfRange(slots, 1, slots.length), 250);
        assertEquals(49, pool.lent());
        Set<Slot> again = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 251; i++) {
            again.add(pool.take());
        }
        assertEquals(251, again.size());
        assertEquals(true, again.contains(apart));
        assertEquals(false, again.contains(slots[251]), "it is still out");
        assertEquals(300, pool.lent());
    }

    @Test
    void whatCameBackShowsNoPacketAnyMore() {
        Slot[] slots = {take(), take()};
        pool.give(slots, 2);
        for (Slot slot : slots) {
            assertEquals(0, slot.capturedLength());
            assertThrows(IndexOutOfBoundsException.class, () -> slot.bytes().u8(0));
        }
    }
}
