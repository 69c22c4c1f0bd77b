package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IdGapsTest {
    private final IdGaps gaps = new IdGaps();

    @Test
    void idsInOrderLeaveNoGap() {
        for (int id = 1; id <= 10; id++) {
            gaps.came(id);
        }
        assertEquals(0, gaps.missing());
    }

    @Test
    void aStepOverIdsIsALossAlsoAtTheBeginning() {
        gaps.came(3);
        gaps.came(4);
        gaps.came(10);
        assertEquals(2 + 5, gaps.missing());
    }

    @Test
    void idsWrapAround() {
        gaps.settle(Integer.MAX_VALUE - 1);
        long before = gaps.missing();
        gaps.came(Integer.MAX_VALUE);
        gaps.came(Integer.MIN_VALUE);
        gaps.came(Integer.MIN_VALUE + 3);
        assertEquals(before + 2, gaps.missing());
    }

    @Test
    void whatWasGivenAndDidNotComeIsLostOnceTheSocketWasEmptySince() {
        gaps.came(1);
        gaps.given(5);
        assertEquals(0, gaps.missing(), "it may be in the socket");
        gaps.given(7);
        assertEquals(0, gaps.missing(), "nobody has looked");
        gaps.came(2);
        gaps.empty();
        assertEquals(0, gaps.missing());
        gaps.given(7);
        assertEquals(5, gaps.missing(), "3 to 7");
        gaps.came(8);
        assertEquals(5, gaps.missing());
    }

    @Test
    void whatIsGivenAfterTheSocketWasFoundEmptyMayStillCome() {
        gaps.given(2);
        gaps.empty();
        gaps.given(4);
        assertEquals(2, gaps.missing());
        gaps.came(3);
        gaps.came(4);
        assertEquals(2, gaps.missing());
    }
}
