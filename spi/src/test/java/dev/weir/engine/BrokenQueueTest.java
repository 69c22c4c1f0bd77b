package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.FlowLimits;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.LinkType;
import dev.weir.NanoClock;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A backend that throws where none should: what the pipeline took in is decided all the same. */
@Timeout(30)
class BrokenQueueTest {
    private static final CaptureTraits INLINE =
            new CaptureTraits(Set.of(Verdict.Kind.ACCEPT, Verdict.Kind.DROP), false, true, false, 1024, 1 << 20);

    /** Brings batches of numbered packets, and breaks once: at the verdict on a packet. */
    private static class BreakingQueue implements CaptureQueue, CaptureSource {
        final Map<Long, List<Verdict>> verdicts = new HashMap<>();
        private final Queue<Integer> batches;
        private final long breaksAt;
        private long number;
        private int flushed;
        private int flushesWithNews;

        BreakingQueue(long breaksAt, Integer... batches) {
            this.breaksAt = breaksAt;
            this.batches = new ArrayDeque<>(List.of(batches));
        }

        @Override
        public int receive(Slot[] slots, int limit) {
            if (batches.isEmpty()) {
                return END;
            }
            int size = batches.remove();
            for (int i = 0; i < size; i++) {
                slots[i] = new Slot(0)
                        .fill(ByteBuffer.allocate(60), 0, 60, 60, LinkType.ETHERNET, 0)
                        .handle(number++);
            }
            return size;
        }

        @Override
        public boolean verdict(Slot slot, Verdict verdict) {
            verdicts.computeIfAbsent(slot.handle(), any -> new ArrayList<>()).add(verdict);
            if (slot.handle() == breaksAt) {
                throw new IllegalStateException("as a bug would");
            }
            return true;
        }

        @Override
        public void flush() {
            flushesWithNews += verdicts.size() > flushed ? 1 : 0;
            flushed = verdicts.size();
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public void await(long timeoutNs) {}

        @Override
        public void wakeup() {}

        @Override
        public void release(Slot slot) {}

        @Override
        public void stopIntake() {}

        @Override
        public CaptureTraits traits() {
            return INLINE;
        }

        @Override
        public List<CaptureQueue> queues() {
            return List.of(this);
        }

        @Override
        public List<String> explain() {
            return List.of();
        }

        @Override
        public void close() {}
    }

    /** Run to completion, with room for so many packets; what nobody else decides is dropped. */
    private static PipelineInstance pipeline(BreakingQueue queue, int maxPackets, Classifier classifier) {
        PipelineConfig config = new PipelineConfig(
                "breaking:",
                INLINE,
                1,
                0,
                maxPackets,
                1 << 20,
                OverloadPolicy.FAIL_OPEN,
                PausePolicy.ACCEPT,
                Verdict.DROP,
                Verdict.DROP,
                0,
                null,
                null,
                TunnelPolicy.OUTERMOST,
                false,
                NanoClock.SYSTEM,
                true,
                false,
                new int[0],
                5_000_000_000L);
        ErrorLog errors = new ErrorLog(config.name());
        PipelineInstance pipeline = new PipelineInstance(config, errors);
        QueueAgent agent = new QueueAgent(queue, config, pipeline, new HashSeed());
        InPlaceVerdicts verdicts = agent.judgeInPlace();
        FlowShard shard = new FlowShard(
                0, 1, new Classifier[] {classifier}, config, FlowLimits.DEFAULT, errors, verdicts, null, agent::wake);
        verdicts.judgeWith(shard);
        pipeline.parts().source = queue;
        pipeline.parts().agents.add(agent);
        pipeline.parts().shards.add(shard);
        return pipeline;
    }

    @Test
    void whatWasAdmittedBeforeItBrokeIsDecidedByDefault() {
        BreakingQueue queue = new BreakingQueue(4, 2, 3); // of the second batch, the last is beyond the bound
        PipelineInstance pipeline = pipeline(queue, 2, (packet, flow) -> Verdict.ACCEPT);

        WeirException failed = assertThrows(WeirException.class, pipeline::run);
        assertSame(IllegalStateException.class, failed.getCause().getClass());
        assertEquals(
                Map.of(
                        0L, List.of(Verdict.ACCEPT),
                        1L, List.of(Verdict.ACCEPT),
                        2L, List.of(Verdict.DROP),
                        3L, List.of(Verdict.DROP),
                        4L, List.of(Verdict.ACCEPT)),
                queue.verdicts);
        Ledger ledger = pipeline.ledger();
        assertEquals(2, ledger.decisions().count(Outcome.ACCEPTED, Cause.CLASSIFIER));
        assertEquals(2, ledger.decisions().count(Outcome.DROPPED, Cause.STOP));
        assertEquals(0, ledger.undecided());
        assertTrue(ledger.isBalanced(), ledger.toString());
    }

    @Test
    void whatWasJudgedBeforeItBrokeIsCarriedOut() {
        BreakingQueue queue = new BreakingQueue(0, 3);
        PipelineInstance pipeline = pipeline(queue, 64, (packet, flow) -> Verdict.ACCEPT);

        assertThrows(WeirException.class, pipeline::run);
        assertEquals(
                Map.of(0L, List.of(Verdict.ACCEPT), 1L, List.of(Verdict.DROP), 2L, List.of(Verdict.DROP)),
                queue.verdicts,
                "one was judged, the others were not");
        Ledger ledger = pipeline.ledger();
        assertTrue(ledger.isBalanced(), ledger.toString());
        assertEquals(0, ledger.undecided());
    }

    @Test
    void aHeldPacketWhoseVerdictBreaksIsDecidedOnceAndThoseBehindItGoOn() {
        BreakingQueue queue = new BreakingQueue(0, 3);
        int[] asked = new int[1];
        PipelineInstance pipeline =
                pipeline(queue, 64, (packet, flow) -> asked[0]++ < 2 ? Verdict.HOLD : Verdict.ACCEPT);

        assertThrows(WeirException.class, pipeline::run);
        assertEquals(
                Map.of(0L, List.of(Verdict.ACCEPT), 1L, List.of(Verdict.ACCEPT), 2L, List.of(Verdict.ACCEPT)),
                queue.verdicts);
        Ledger ledger = pipeline.ledger();
        assertEquals(3, ledger.decisions().total());
        assertTrue(ledger.isBalanced(), ledger.toString());
    }

    /** Hands its batches over one by one. */
    private static final class OneByOneQueue extends BreakingQueue {
        private final Slot[] slots = new Slot[64];

        OneByOneQueue(Integer... batches) {
            super(-1, batches);
        }

        @Override
        public boolean dispatches() {
            return true;
        }

        @Override
        public int dispatch(PacketSink sink, int limit) {
            int count = receive(slots, limit);
            for (int i = 0; i < count; i++) {
                sink.take(slots[i]);
            }
            return count;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void verdictsDoNotWaitForSlowClassifiersOfPacketsThatCameWithThem(boolean oneByOne) {
        BreakingQueue queue = oneByOne ? new OneByOneQueue(8) : new BreakingQueue(-1, 8);
        PipelineInstance pipeline = pipeline(queue, 64, (packet, flow) -> {
            LockSupport.parkNanos(2 * FlushDelay.LONGEST_NS);
            return Verdict.ACCEPT;
        });

        pipeline.run();
        assertEquals(8, queue.verdicts.size());
        assertTrue(queue.flushesWithNews >= 8, queue.flushesWithNews + " of 8 verdicts went out by themselves");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void verdictsDoNotWaitForManyClassifiersThatBecomeSlow(boolean oneByOne) {
        int quick = 40;
        int slow = 16;
        BreakingQueue queue = oneByOne ? new OneByOneQueue(quick + slow) : new BreakingQueue(-1, quick + slow);
        AtomicInteger judged = new AtomicInteger();
        PipelineInstance pipeline = pipeline(queue, 64, (packet, flow) -> {
            if (judged.incrementAndGet() > quick) {
                LockSupport.parkNanos(2 * FlushDelay.LONGEST_NS);
            }
            return Verdict.ACCEPT;
        });

        pipeline.run();
        assertEquals(quick + slow, queue.verdicts.size());
        assertTrue(queue.flushesWithNews >= 1 + slow - 8, queue.flushesWithNews + " times verdicts went out");
    }

    /** Hands two packets over, one by one; with the second comes what is not the engine's. */
    private static final class HandingQueue extends BreakingQueue {
        private boolean handed;

        HandingQueue() {
            super(-1);
        }

        @Override
        public boolean dispatches() {
            return true;
        }

        @Override
        public int dispatch(PacketSink sink, int limit) {
            if (handed) {
                return END;
            }
            handed = true;
            for (int i = 0; i < 2; i++) {
                Slot slot = new Slot(0)
                        .fill(ByteBuffer.allocate(60), 0, 60, 60, LinkType.ETHERNET, 0)
                        .handle(i);
                slot.attachment(i == 1 ? "foreign" : null);
                sink.take(slot);
            }
            return 2;
        }
    }

    @Test
    void whatBreaksWhileAPacketIsHandedOverHasEachPacketDecidedOnce() {
        HandingQueue queue = new HandingQueue();
        PipelineInstance pipeline = pipeline(queue, 64, (packet, flow) -> Verdict.HOLD);

        WeirException failed = assertThrows(WeirException.class, pipeline::run);
        assertSame(ClassCastException.class, failed.getCause().getClass());
        assertEquals(Map.of(0L, List.of(Verdict.DROP), 1L, List.of(Verdict.DROP)), queue.verdicts);
        Ledger ledger = pipeline.ledger();
        assertEquals(2, ledger.decisions().count(Outcome.DROPPED, Cause.STOP));
        assertTrue(ledger.isBalanced(), ledger.toString());
    }
}
