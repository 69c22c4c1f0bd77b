package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowLimits;
import dev.weir.FlowState;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.OverloadPolicy;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A classifier that does not return costs its packet, not the process. */
@Timeout(60)
class StuckClassifierTest {
    /** Does not return while it looks at packet 1 of flow 1, until the test lets it. */
    private static final class Stuck implements Classifier {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch free = new CountDownLatch(1);
        final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        final AtomicInteger closed = new AtomicInteger();
        final AtomicInteger released = new AtomicInteger();
        final AtomicInteger ends = new AtomicInteger();
        final FlowState<String> state = FlowState.named("state", s -> released.incrementAndGet());
        volatile int firstByte = -1;
        volatile boolean calledAfterClose;

        @Override
        public Verdict classify(Packet packet, Flow flow) {
            threads.add(Thread.currentThread());
            calledAfterClose |= closed.get() > 0;
            flow.put(state, "kept");
            if (Traffic.flow(packet) == 1 && Traffic.number(packet) == 1) {
                entered.countDown();
                Traffic.await(free);
                firstByte = packet.bytes().u8(0);
                return Verdict.DROP;
            }
            return Verdict.CONTINUE;
        }

        @Override
        public void flowEnded(Flow flow, FlowEnd end) {
            calledAfterClose |= closed.get() > 0;
            ends.incrementAndGet();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }

        void letGo() {
            free.countDown();
            eventually("the threads to end", () -> threads.stream().noneMatch(Thread::isAlive));
        }
    }

    private static PipelineBuilder pipeline(MemoryCapture memory, int workers, Classifier classifier) {
        return Pipeline.from(memory.name())
                .workers(workers)
                .flows(FlowLimits.DEFAULT.withMaxFlows(1024))
                .closeTimeout(Duration.ofMillis(100))
                .classify(classifier);
    }

    @Test
    void withADeadlineTheOthersGoOnAndTheLedgerShowsWhoIsStuck() {
        Stuck stuck = new Stuck();
        MovableClock clock = new MovableClock();
        Map<Integer, Thread> workerOf = new ConcurrentHashMap<>();
        try (MemoryCapture memory = MemoryCapture.builder().clock(clock).create();
                Pipeline pipeline = pipeline(memory, 2, stuck)
                        .clock(clock)
                        .deadline(Duration.ofMillis(20), Verdict.DROP)
                        .classify((packet, flow) -> {
                            workerOf.put(Traffic.flow(packet), Thread.currentThread());
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            for (int i = 1; i < 100; i++) {
                assertEquals(Verdict.ACCEPT, memory.inject(packet(i, 0)).await(PATIENCE));
            }
            InjectedPacket lost = memory.inject(packet(1, 1));
            Traffic.await(stuck.entered);
            List<InjectedPacket> behind = new ArrayList<>();
            List<InjectedPacket> elsewhere = new ArrayList<>();
            for (int i = 2; i < 100; i++) {
                boolean same = workerOf.get(i) == workerOf.get(1);
                (same ? behind : elsewhere).add(memory.inject(packet(i, 2)));
            }
            assertFalse(behind.isEmpty());
            assertFalse(elsewhere.isEmpty());
            elsewhere.forEach(packet -> assertEquals(Verdict.ACCEPT, packet.await(PATIENCE)));
            eventually("all received", () -> pipeline.ledger().received() == 198);
            assertNull(lost.verdict());
            clock.advance(Duration.ofMillis(20));
            assertEquals(Verdict.DROP, lost.await(PATIENCE));
            behind.forEach(packet -> assertEquals(Verdict.DROP, packet.await(PATIENCE)));
            assertFalse(lost.isReleased(), "the classifier still reads it");
            clock.advance(Duration.ofSeconds(1));
            eventually("a worker that is stuck", () -> pipeline.ledger().workers().stream()
                    .anyMatch(worker -> worker.stuckNs() > 1_000_000_000));
            stuck.free.countDown();
            lost.awaitReleased(PATIENCE);
            assertEquals(Verdict.ACCEPT, memory.inject(packet(1, 3)).await(PATIENCE));
            pipeline.stop();
            assertEquals(1, pipeline.ledger().lateVerdicts());
            assertEquals(0, pipeline.ledger().abandoned());
            assertEndedInOrder(pipeline, 199);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,10000", "1,10000", "2,10000", "0,4", "1,4", "2,4"})
    void stopIsBoundedInTimeAndEveryPacketGetsItsVerdict(int workers, int bound) {
        Stuck stuck = new Stuck();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers, stuck)
                        .inFlight(bound, 1 << 20, OverloadPolicy.STOP_READING)
                        .otherwise(Verdict.DROP)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            packets.add(memory.inject(packet(1, 1)));
            Traffic.await(stuck.entered);
            for (int i = 2; i <= 200; i++) {
                packets.add(memory.inject(packet(i, 2)));
            }
            long start = System.nanoTime();
            pipeline.stop();
            assertTrue(System.nanoTime() - start < 2_500_000_000L, "stop took too long");
            packets.forEach(packet -> assertEquals(Verdict.DROP, packet.await(Duration.ZERO)));
            Ledger ledger = assertEndedInOrder(pipeline, 200);
            assertTrue(ledger.abandoned() > 0);
            assertFalse(packets.get(0).isReleased(), "the classifier still reads it");
            assertEquals(0, stuck.closed.get(), "it is still in use");

            stuck.letGo();
            assertEquals(packet(1, 1)[0], stuck.firstByte);
            assertEquals(200, memory.verdicts(Verdict.Kind.DROP));
            assertEquals(
                    ledger.decisions().total(), pipeline.ledger().decisions().total());
            assertEquals(1, stuck.closed.get());
            assertFalse(stuck.calledAfterClose);
            assertEquals(stuck.ends.get(), stuck.released.get());
            assertTrue(stuck.released.get() > 0, "states are released when the thread comes back");
            assertEquals(Pipeline.State.ENDED, pipeline.state());
        }
    }

    /** Copies are handed over one by one: the queue is taken over in the middle of that. */
    @Test
    void aQueueThatHandsItsPacketsOverIsTakenFromAStuckClassifierToo() {
        Stuck stuck = new Stuck();
        try (MemoryCapture memory = MemoryCapture.builder().passive().create();
                Pipeline pipeline = pipeline(memory, 0, stuck)
                        .advisory()
                        .otherwise(Verdict.DROP)
                        .open()) {
            List<InjectedPacket> packets = new ArrayList<>();
            packets.add(memory.inject(packet(2, 1)));
            packets.add(memory.inject(packet(1, 1)));
            for (int i = 3; i <= 200; i++) {
                packets.add(memory.inject(packet(i, 2)));
            }
            pipeline.start();
            Traffic.await(stuck.entered);
            eventually("the stuck packet in the books", () -> pipeline.ledger().received() == 2);
            assertEquals(1, pipeline.ledger().decisions().total());
            pipeline.stop();
            Ledger ledger = assertEndedInOrder(pipeline, 200);
            assertEquals(1, ledger.abandoned());
            assertTrue(packets.get(0).isReleased());
            assertFalse(packets.get(1).isReleased(), "the classifier still reads it");
            assertTrue(packets.get(199).isReleased());

            stuck.letGo();
            assertEquals(packet(1, 1)[0], stuck.firstByte);
            assertEquals(
                    ledger.decisions().total(), pipeline.ledger().decisions().total());
            assertEquals(1, stuck.closed.get());
            assertFalse(stuck.calledAfterClose);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void runReturnsWhenAnotherClassifierOrTheCaptureAskedForTheEnd(int workers) throws Exception {
        Stuck stuck = new Stuck();
        Thread runner;
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers, stuck).limit(1).open()) {
            runner = new Thread(pipeline::run);
            runner.start();
            memory.inject(packet(1, 1));
            runner.join(PATIENCE.toMillis());
            assertFalse(runner.isAlive(), "the limit was reached, the classifier does not return: run does");
            assertEndedInOrder(pipeline, 1);
            stuck.letGo();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void oneThatDoesNotReturnFromTheEndOfAFlowIsLeftBehindToo(int workers) {
        CountDownLatch free = new CountDownLatch(1);
        Classifier classifier = new Classifier() {
            @Override
            public Verdict classify(Packet packet, Flow flow) {
                return Verdict.ACCEPT;
            }

            @Override
            public void flowEnded(Flow flow, FlowEnd end) {
                Traffic.await(free);
            }
        };
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, workers, classifier).open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            pipeline.stop();
            assertEndedInOrder(pipeline, 1);
            assertEquals(0, pipeline.ledger().abandoned());
        } finally {
            free.countDown();
        }
    }

    /** The end and the return of the classifier at about the same time, again and again. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theRaceBetweenTheEndAndTheReturnGivesEachPacketOneVerdict(int workers) {
        Random random = new Random(4711);
        for (int round = 0; round < 100; round++) {
            CountDownLatch entered = new CountDownLatch(1);
            long pauseNs = random.nextInt(600_000);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            Classifier slow = (packet, flow) -> {
                threads.add(Thread.currentThread());
                entered.countDown();
                long untilNs = System.nanoTime() + pauseNs / 4;
                while (System.nanoTime() - untilNs < 0) {
                    Thread.onSpinWait();
                }
                return switch (Traffic.number(packet) % 4) {
                    case 0 -> Verdict.HOLD;
                    case 1 -> Verdict.DROP;
                    default -> Verdict.CONTINUE;
                };
            };
            MemoryCapture.Builder builder = MemoryCapture.builder();
            if (round % 2 == 0) {
                builder.pinsMemory(64);
            }
            try (MemoryCapture memory = builder.create();
                    Pipeline pipeline = Pipeline.from(memory.name())
                            .workers(workers)
                            .flows(FlowLimits.DEFAULT.withMaxFlows(64))
                            .inFlight(round % 3 == 0 ? 8 : 1000, 1 << 20, OverloadPolicy.STOP_READING)
                            .closeTimeout(Duration.ofNanos(pauseNs))
                            .classify(slow)
                            .open()) {
                pipeline.start();
                List<InjectedPacket> packets = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    packets.add(memory.inject(packet(i % 3, i)));
                }
                Traffic.await(entered);
                if (round % 5 == 0) {
                    LockSupport.parkNanos(pauseNs);
                }
                pipeline.stop();
                for (InjectedPacket packet : packets) {
                    packet.await(Duration.ZERO);
                }
                assertEndedInOrder(pipeline, packets.size());
                eventually("the threads to end", () -> threads.stream().noneMatch(Thread::isAlive));
                assertEndedInOrder(pipeline, packets.size());
                assertEquals(packets.size(), verdicts(memory));
            }
        }
    }

    private static long verdicts(MemoryCapture memory) {
        long sum = 0;
        for (Verdict.Kind kind : Verdict.Kind.values()) {
            sum += memory.verdicts(kind);
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anInterruptThatAClassifierLeavesDisturbsNothing(int workers) {
        Set<Long> threads = new HashSet<>();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> {
                            threads.add(Thread.currentThread().getId());
                            Thread.currentThread().interrupt();
                            return Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            CpuTime cpu = new CpuTime(threads);
            LockSupport.parkNanos(300_000_000);
            assertTrue(cpu.usedNs() < 100_000_000, "it spins: " + cpu.usedNs() + " ns of 300 ms");
            memory.inject(packet(1, 2)).await(PATIENCE);
            pipeline.stop();
            assertEndedInOrder(pipeline, 2);
            assertEquals(2, count(pipeline, Cause.CLASSIFIER));
        }
    }
}
