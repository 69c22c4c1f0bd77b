package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table beside a map that does the same, with random operations from fixed seeds. */
class FlowVerdictTableTest {
    private record Kept(Verdict verdict, boolean closed, long expiresNs) {}

    private static Tuple tuple(int flow, int hashes) {
        Tuple tuple = new Tuple();
        tuple.lowLow = flow;
        tuple.kind = 4 << 8 | 6;
        tuple.hash = flow % hashes * 31L;
        return tuple;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 1000})
    void doesAsAMapDoes(int hashes) {
        Random random = new Random(hashes);
        FlowVerdictTable table = new FlowVerdictTable(500);
        Map<Integer, Kept> map = new HashMap<>();
        for (int step = 0; step < 100_000; step++) {
            int flow = random.nextInt(400); // fewer than there is room for
            Tuple tuple = tuple(flow, hashes);
            if (random.nextBoolean()) {
                Kept kept = new Kept(Verdict.mark(step).forFlow(), random.nextBoolean(), step + random.nextInt(1000));
                table.put(tuple, kept.verdict(), kept.closed(), kept.expiresNs());
                map.put(flow, kept);
            } else {
                boolean opening = random.nextBoolean();
                Kept kept = map.remove(flow);
                Verdict expected =
                        kept == null || kept.expiresNs() < step || kept.closed() && opening ? null : kept.verdict();
                assertEquals(expected, table.take(tuple, opening, step));
            }
            assertEquals(map.isEmpty(), table.isEmpty());
        }
        assertEquals(0, table.evicted());
    }

    @Test
    void whenFullTheOneThatExpiresSoonestOfSomeMakesRoom() {
        Random random = new Random(7);
        FlowVerdictTable table = new FlowVerdictTable(100);
        Map<Integer, Long> expiry = new HashMap<>();
        for (int flow = 0; flow < 5000; flow++) {
            long expiresNs = 1_000_000 + random.nextInt(1000);
            table.put(tuple(flow, 100_000), Verdict.DROP_FLOW, false, expiresNs);
            expiry.put(flow, expiresNs);
        }
        assertEquals(4900, table.evicted());
        int left = 0;
        long sum = 0;
        for (int flow = 0; flow < 5000; flow++) {
            if (table.take(tuple(flow, 100_000), false, 0) != null) {
                left++;
                sum += expiry.get(flow) - 1_000_000;
            }
        }
        assertEquals(100, left);
        assertTrue(sum / left > 700, "those that live longest are kept: " + sum / left);
        assertTrue(table.isEmpty());
    }

    @Test
    void withoutRoomNothingIsKept() {
        FlowVerdictTable table = new FlowVerdictTable(0);
        table.put(tuple(1, 10), Verdict.DROP_FLOW, false, 10);
        assertNull(table.take(tuple(1, 10), false, 0));
        assertEquals(1, table.evicted());
    }
}
