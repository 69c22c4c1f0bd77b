package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FramesTest {
    @Test
    void aFrameThatIsSentAndLentIsFreeWhenNeitherIsTrueInWhateverOrder() {
        Frames frames = new Frames(0, 4);
        int first = frames.takeToReceive();
        int second = frames.takeToReceive();
        frames.lend(first);
        frames.lend(second);
        frames.send(first);
        frames.send(second);
        frames.release(first);
        frames.sent(second);
        assertEquals(2, frames.free());
        frames.sent(first);
        frames.release(second);
        assertEquals(4, frames.free());
        assertTrue(frames.isConsistent());
    }

    @Test
    void aFrameComesBackOnce() {
        Frames frames = new Frames(100, 4);
        int frame = frames.takeToReceive();
        assertThrows(IllegalStateException.class, () -> frames.release(frame));
        assertThrows(IllegalStateException.class, () -> frames.sent(frame));
        frames.lend(frame);
        assertThrows(IllegalStateException.class, () -> frames.lend(frame));
        frames.release(frame);
        assertThrows(IllegalStateException.class, () -> frames.release(frame));
        assertTrue(frames.isConsistent());
    }

    @Test
    void whatTheKernelHadIsFreeWhenTheSocketsAreClosedAndWhatIsLentIsNot() {
        Frames frames = new Frames(8, 6);
        int lent = frames.takeToReceive();
        int lentAndSent = frames.takeToReceive();
        frames.takeToReceive();
        frames.takeToSend();
        frames.lend(lent);
        frames.lend(lentAndSent);
        frames.send(lentAndSent);
        frames.reclaim();
        assertEquals("4 free, 0 receiving, 2 lent, 0 sending", frames.toString());
        assertTrue(frames.isConsistent());
        frames.release(lentAndSent);
        frames.release(lent);
        assertEquals(6, frames.free());
    }

    @Test
    void everyFrameIsInOnePlaceWhateverHappens() {
        Random random = new Random(20);
        Frames frames = new Frames(0, 64);
        List<Integer> receiving = new ArrayList<>();
        List<Integer> lent = new ArrayList<>();
        List<Integer> sending = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int what = random.nextInt(6);
            if (what == 0 && frames.free() > 0) {
                receiving.add(frames.takeToReceive());
            } else if (what == 1 && !receiving.isEmpty()) {
                int frame = receiving.remove(random.nextInt(receiving.size()));
                frames.lend(frame);
                lent.add(frame);
            } else if (what == 2 && !lent.isEmpty()) {
                int frame = lent.get(random.nextInt(lent.size()));
                if (!sending.contains(frame)) {
                    frames.send(frame);
                    sending.add(frame);
                }
            } else if (what == 3 && !lent.isEmpty()) {
                frames.release(lent.remove(random.nextInt(lent.size())));
            } else if (what == 4 && !sending.isEmpty()) {
                Integer frame = sending.remove(random.nextInt(sending.size()));
                frames.sent(frame);
            } else if (what == 5 && frames.free() > 0) {
                sending.add(frames.takeToSend());
            }
            assertEquals(receiving.size(), frames.receiving());
            assertEquals(lent.size(), frames.lent());
            assertEquals(sending.size(), frames.sending());
        }
        assertTrue(frames.isConsistent());
    }
}
