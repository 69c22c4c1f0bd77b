package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table beside a map that does the same, with random operations from fixed seeds. */
class FlowTableTest {
    /** Few distinct hashes, so that places collide, clusters grow and wrap round the end. */
    private static Tuple tuple(int flow, int hashes) {
        Tuple tuple = new Tuple();
        tuple.lowLow = flow;
        tuple.kind = 4 << 8 | 17;
        tuple.hash = (long) (flow % hashes) << 32 | (flow % hashes * 7 & 0xffff_ffffL);
        return tuple;
    }

    private static FlowEntry entry(Tuple tuple, long activeNs) {
        FlowEntry entry = new FlowEntry(null, tuple.lowLow, tuple, false, 0);
        entry.activeNs = activeNs;
        return entry;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 100_000})
    void doesAsAMapDoes(int hashes) {
        Random random = new Random(hashes);
        FlowTable table = new FlowTable(64);
        Map<Integer, FlowEntry> map = new HashMap<>();
        for (int step = 0; step < 100_000; step++) {
            int flow = random.nextInt(200);
            Tuple tuple = tuple(flow, hashes);
            assertSame(map.get(flow), table.find(tuple));
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    if (!map.containsKey(flow) && !table.isFull(0)) {
                        FlowEntry entry = entry(tuple, step);
                        table.add(entry);
                        map.put(flow, entry);
                    }
                }
                case 2 -> {
                    if (map.containsKey(flow)) {
                        table.remove(map.remove(flow));
                    }
                }
                default -> {
                    if (table.isFull(0)) {
                        FlowEntry victim = table.victim();
                        table.remove(victim);
                        assertSame(victim, map.remove((int) victim.lowLow));
                    }
                }
            }
            assertEquals(map.size(), table.size());
            assertEquals(map.size() >= 64, table.isFull(0));
        }
        Set<FlowEntry> drained = new HashSet<>();
        table.drain(flow -> assertTrue(drained.add(flow)));
        assertEquals(new HashSet<>(map.values()), drained);
        assertEquals(0, table.size());
        assertNull(table.find(tuple(1, hashes)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 100_000})
    void aSweepOverAllPlacesTakesOutAllThatIsOverAndNothingElse(int hashes) {
        Random random = new Random(17L * hashes);
        for (int round = 0; round < 300; round++) {
            FlowTable table = new FlowTable(64);
            List<FlowEntry> stay = new ArrayList<>();
            Set<FlowEntry> go = new HashSet<>();
            table.sweep(random.nextInt(table.places()), new Over(-1, new HashSet<>()));
            for (int flow = 0; flow < 64; flow++) {
                FlowEntry entry = entry(tuple(random.nextInt(1000) * 64 + flow, hashes), random.nextInt(100));
                table.add(entry);
                if (entry.activeNs < 50) {
                    go.add(entry);
                } else {
                    stay.add(entry);
                }
            }
            Set<FlowEntry> gone = new HashSet<>();
            for (int left = table.places(); left > 0; ) { // in slices
                int slice = Math.min(left, 1 + random.nextInt(40));
                table.sweep(slice, new Over(50, gone));
                left -= slice;
            }
            // A cluster that wraps round the end may have been moved behind the place where the round began.
            int first = gone.size();
            table.sweep(table.places(), new Over(50, gone));
            assertEquals(go, gone);
            assertTrue(first >= go.size() - 64 / 4, () -> first + " of " + go.size());
            stay.forEach(entry -> assertSame(entry, table.find(entry)));
            assertEquals(stay.size(), table.size());
        }
    }

    private record Over(long before, Set<FlowEntry> gone) implements FlowTable.Sweeper {
        @Override
        public boolean isOver(FlowEntry flow) {
            return flow.activeNs < before;
        }

        @Override
        public void removed(FlowEntry flow) {
            assertTrue(gone.add(flow), "removed twice");
        }
    }

    @Test
    void theVictimIsTheLongestIdleOfThoseLookedAtAndHoldsNothing() {
        FlowTable table = new FlowTable(16);
        for (int flow = 0; flow < 16; flow++) {
            FlowEntry entry = entry(tuple(flow, 1000), 100 - flow);
            if (flow > 12) {
                entry.heldCount = 1;
            }
            table.add(entry);
        }
        assertEquals(88, table.victim().activeNs);
        FlowTable holding = new FlowTable(16);
        for (int flow = 0; flow < 16; flow++) {
            FlowEntry entry = entry(tuple(flow, 1000), flow);
            entry.heldCount = 1;
            holding.add(entry);
        }
        assertNull(holding.victim());
    }

    @Test
    void eachFlowIsFoundWhileTheTableGrows() {
        int maxFlows = 20_000;
        FlowTable table = new FlowTable(maxFlows);
        FlowEntry[] flows = new FlowEntry[maxFlows];
        for (int flow = 0; flow < maxFlows; flow++) {
            flows[flow] = entry(tuple(flow, maxFlows), 0);
            table.add(flows[flow]);
            assertSame(flows[flow / 2], table.find(flows[flow / 2]));
        }
        assertTrue(table.isFull(0));
        for (FlowEntry flow : flows) {
            assertSame(flow, table.find(flow));
        }
        assertTrue(table.places() >= 2 * maxFlows, () -> table.places() + " places");
    }

    @Test
    void aFewFlowsTakeAFewPlaces() {
        FlowTable table = new FlowTable(1 << 20);
        for (int flow = 0; flow < 500; flow++) {
            table.add(entry(tuple(flow, 1000), 0));
        }
        assertTrue(table.places() <= 1024, () -> table.places() + " places");
    }
}
