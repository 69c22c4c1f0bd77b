package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final int MOST = 16;

    private final BatchSize size = new BatchSize(MOST);

    private void receive(int batches, int datagrams, int bytesEach) {
        for (int i = 0; i < batches; i++) {
            size.received(datagrams, (long) datagrams * bytesEach);
        }
    }

    @Test
    void smallPacketsComeInFullBatches() {
        assertEquals(MOST, size.next());
        receive(100, MOST, 300);
        assertEquals(MOST, size.next());
        receive(100, MOST, 1_600);
        assertEquals(MOST, size.next());
    }

    @Test
    void largeOnesComeInBatchesThatStayInTheCache() {
        receive(100, MOST, 40_000);
        assertEquals(3, size.next());
    }

    @Test
    void aPageAndItsEndComeTogether() {
        receive(100, 1, 65_536);
        assertEquals(2, size.next());
    }

    @Test
    void thereIsAlwaysOne() {
        receive(100, 1, 10 << 20);
        assertEquals(1, size.next());
    }

    @Test
    void aFewAcknowledgementsInBetweenDoNotBringAFullBatch() {
        receive(20, 4, 60_000);
        receive(1, 1, 100);
        assertTrue(size.next() <= 4, () -> size.next() + " at once");
        receive(100, 1, 100);
        assertEquals(MOST, size.next());
    }
}
