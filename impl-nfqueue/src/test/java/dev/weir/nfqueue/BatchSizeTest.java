package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final int USUAL = BatchSize.USUAL;
    private static final int MOST = BatchSize.MOST;

    private final BatchSize size = new BatchSize();

    /** Batches that bring so many, one less than was asked for if that is fewer. */
    private void receive(int batches, int datagrams, int bytesEach) {
        for (int i = 0; i < batches; i++) {
            size.received(datagrams + 1, datagrams, (long) datagrams * bytesEach);
        }
    }

    private void receiveFull(int batches, int bytesEach) {
        for (int i = 0; i < batches; i++) {
            size.received(size.next(), size.next(), (long) size.next() * bytesEach);
        }
    }

    @Test
    void smallPacketsComeInBatchesOfTheUsualSize() {
        assertEquals(USUAL, size.next());
        receive(100, USUAL - 1, 300);
        assertEquals(USUAL, size.next());
        receive(100, USUAL - 1, 1_600);
        assertEquals(USUAL, size.next());
    }

    @Test
    void whereSmallOnesHavePiledUpMoreAndMoreComeUntilABatchIsNotFull() {
        receiveFull(7, 300);
        assertEquals(USUAL, size.next());
        receiveFull(1, 300);
        assertEquals(2 * USUAL, size.next());
        receiveFull(1, 300);
        assertEquals(4 * USUAL, size.next());
        receiveFull(100, 300);
        assertEquals(MOST, size.next());
        receive(1, MOST - 1, 300);
        assertEquals(USUAL, size.next());
        receiveFull(7, 300);
        receive(1, USUAL - 1, 300);
        receiveFull(7, 300);
        assertEquals(USUAL, size.next());
    }

    @Test
    void fullBatchesOfLargeOnesSayNothingAboutSmallOnes() {
        receiveFull(1_000, 30_000);
        assertEquals(2, size.next());
        receive(1, 1, 100);
        receive(100, 1, 100);
        assertEquals(USUAL, size.next());
    }

    @Test
    void largeOnesComeInBatchesThatStayInTheCache() {
        receive(100, USUAL, 20_000);
        assertEquals(3, size.next());
    }

    @Test
    void aPageAndItsEndComeTogether() {
        receive(100, 2, 32_768);
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
        assertEquals(USUAL, size.next());
    }

    @Test
    void aThousandSmallOnesInFullBatchesAreAPileUntilABatchIsNotFull() {
        receiveFull(12, 300);
        assertFalse(size.hasPiledUp());
        receiveFull(10, 300);
        assertTrue(size.hasPiledUp());
        receive(1, 5, 300);
        assertFalse(size.hasPiledUp());
        receiveFull(1_000, 30_000);
        assertFalse(size.hasPiledUp(), "large ones");
    }
}
