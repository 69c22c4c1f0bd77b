package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.Decision;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.Verdict;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DecisionMeterTest {
    private static final Verdict NO_TELNET = Verdict.DROP.because("rules", "no-telnet");
    private static final Verdict NO_SQL = Verdict.REJECT.because("rules", "no-sql");

    private final DecisionMeter meter = new DecisionMeter();

    private record Decided(Verdict verdict, long timestampNs, long decidedNs) implements Decision {
        @Override
        public Flow flow() {
            return null;
        }

        @Override
        public Direction direction() {
            return Direction.FORWARD;
        }

        @Override
        public Ledger.Cause cause() {
            return Ledger.Cause.CLASSIFIER;
        }

        @Override
        public int wireLength() {
            return 60;
        }

        @Override
        public int queue() {
            return 0;
        }
    }

    @Test
    void aPacketWaitsFromTheKernelsTimeStampToItsVerdict() {
        for (int i = 1; i <= 10; i++) {
            meter.decided(new Decided(Verdict.ACCEPT, 1_000_000, 1_000_000 + i));
        }
        assertEquals(10, meter.latency().count());
        assertEquals(5, meter.latency().percentileNs(50));
        assertEquals(10, meter.latency().maxNs());
    }

    @Test
    void whatIsDroppedOrRejectedIsCountedByReason() {
        for (Verdict verdict : new Verdict[] {NO_TELNET, NO_SQL, Verdict.ACCEPT, NO_TELNET, Verdict.mark(1)}) {
            meter.decided(new Decided(verdict, 0, 1));
        }
        assertEquals(Map.of(NO_TELNET.reason(), 2L, NO_SQL.reason(), 1L), meter.drops());
    }

    @Test
    void nothingIsAllocatedPerDecision() {
        Decision[] decisions = {
            new Decided(NO_TELNET, 0, 500), new Decided(NO_SQL, 0, 70_000), new Decided(Verdict.ACCEPT, 0, 9)
        };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int window = 0; window < 20; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 3_000; i++) {
                meter.decided(decisions[i % 3]);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least < 1_000, least + " bytes were allocated for 3,000 decisions");
    }
}
