package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DecidedPrefixTest {
    private final DecidedPrefix prefix = new DecidedPrefix();

    @Test
    void packetsDecidedInTheirOrderEachExtendIt() {
        for (int i = 0; i < 100; i++) {
            assertTrue(prefix.decide(prefix.came()));
        }
    }

    @Test
    void thePacketThatAllOthersWaitedForExtendsItOverThem() {
        for (int i = 0; i < 5; i++) {
            prefix.came();
        }
        assertFalse(prefix.decide(2));
        assertFalse(prefix.decide(1));
        assertTrue(prefix.decide(0));
        assertFalse(prefix.decide(4));
        assertTrue(prefix.decide(3));
        assertTrue(prefix.decide(prefix.came()));
    }

    @Test
    void inAnyOrderItAgreesWithAListOfTheUndecided() {
        Random random = new Random(7);
        TreeSet<Long> undecided = new TreeSet<>();
        List<Long> out = new ArrayList<>();
        for (int step = 0; step < 200_000; step++) {
            boolean more = step / 20_000 % 2 == 0 ? random.nextInt(3) > 0 : random.nextInt(3) == 0;
            if (more || out.isEmpty()) {
                long order = prefix.came();
                undecided.add(order);
                out.add(order);
            } else {
                int at = random.nextInt(4) == 0 ? random.nextInt(out.size()) : 0;
                long order = out.remove(at);
                assertEquals(undecided.first() == order, prefix.decide(order));
                undecided.remove(order);
            }
        }
    }
}
