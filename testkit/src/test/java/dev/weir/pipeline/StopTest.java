package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.count;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Packet;
import dev.weir.PausePolicy;
import dev.weir.Pipeline;
import dev.weir.Pipeline.State;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.InjectedPacket.Fate;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.ScriptedCorrelator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class StopTest {
    /** Counts how often it is closed. */
    private static final class Closing implements Classifier {
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public Verdict classify(Packet packet, Flow flow) {
            return Verdict.CONTINUE;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "0,4", "3,4"})
    void underLoadEverythingThatCameBeforeGetsItsVerdict(int workers, int queues) throws Exception {
        for (int round = 0; round < 5; round++) {
            try (MemoryCapture memory = MemoryCapture.builder().queues(queues).create();
                    Pipeline pipeline = Pipeline.from(memory.name())
                            .workers(workers)
                            .classify((packet, flow) -> Verdict.DROP)
                            .open()) {
                pipeline.start();
                List<InjectedPacket> packets = new ArrayList<>();
                CountDownLatch some = new CountDownLatch(1);
                Thread feeder = new Thread(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        packets.add(memory.inject(packet(i % 50, i)));
                        if (i == 1000) {
                            some.countDown();
                        }
                    }
                });
                feeder.start();
                Traffic.await(some);
                pipeline.stop();
                feeder.join();
                long decided = packets.stream()
                        .filter(packet -> packet.fate() == Fate.DECIDED)
                        .count();
                long late = packets.stream()
                        .filter(packet -> packet.fate() == Fate.NOT_CAPTURED)
                        .count();
                assertEquals(packets.size(), decided + late);
                assertTrue(decided > 1000);
                assertTrue(packets.stream().allMatch(p -> p.fate() != Fate.DECIDED || p.isReleased()));
                assertEndedInOrder(pipeline, decided);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aClassifierMayStopOrCloseItsPipeline(int workers) throws Exception {
        AtomicReference<Pipeline> self = new AtomicReference<>();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> {
                            self.get().stop();
                            self.get().close();
                            return Verdict.DROP;
                        })
                        .open()) {
            self.set(pipeline);
            InjectedPacket packet = memory.inject(packet(1, 1));
            pipeline.run();
            assertEquals(Verdict.DROP, packet.await(Duration.ZERO));
            assertEndedInOrder(pipeline, 1);
        }
    }

    @Test
    void closingWhatWasNeverStartedGivesEverythingBack(@TempDir Path directory) {
        Closing classifier = new Closing();
        ScriptedCorrelator correlator = new ScriptedCorrelator();
        Path file = directory.resolve("never.pcapng");
        try (MemoryCapture memory = MemoryCapture.create()) {
            Pipeline pipeline = Pipeline.from(memory.name())
                    .classify(classifier)
                    .correlate(correlator)
                    .listen(decision -> {})
                    .record(file)
                    .open();
            assertEquals(State.OPEN, pipeline.state());
            InjectedPacket packet = memory.inject(packet(1, 1));
            pipeline.close();
            pipeline.close();
            assertEquals(State.ENDED, pipeline.state());
            assertEquals(1, classifier.closed.get());
            assertEquals(1, correlator.closed());
            assertEquals(Fate.NOT_CAPTURED, packet.fate());
            assertTrue(Files.exists(file));
            assertThrows(IllegalStateException.class, pipeline::start);
            pipeline.pause();
            pipeline.resume();
            assertEquals(State.ENDED, pipeline.state());
            assertEndedInOrder(pipeline, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void closedTwiceItIsClosedOnce(int workers) {
        Closing shared = new Closing();
        List<Closing> own = new ArrayList<>();
        try (MemoryCapture memory = MemoryCapture.create()) {
            Pipeline pipeline = Pipeline.from(memory.name())
                    .workers(workers)
                    .classify(shared)
                    .classifyPerWorker(() -> {
                        own.add(new Closing());
                        return own.get(own.size() - 1);
                    })
                    .open();
            pipeline.start();
            memory.inject(packet(1, 1)).await(PATIENCE);
            pipeline.close();
            pipeline.close();
            pipeline.stop();
            assertEquals(1, shared.closed.get());
            assertEquals(Math.max(1, workers), own.size());
            own.forEach(one -> assertEquals(1, one.closed.get()));
            assertEndedInOrder(pipeline, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsHeldGetsTheDefaultVerdict(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .otherwise(Verdict.DROP)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = memory.injectAll(Traffic.flows(100));
            eventually("all held", () -> pipeline.ledger().held() == 100);
            pipeline.stop();
            packets.forEach(packet -> assertEquals(Verdict.DROP, packet.await(Duration.ZERO)));
            packets.forEach(packet -> assertTrue(packet.isReleased()));
            assertEquals(100, count(pipeline, Cause.STOP));
            assertEquals(0, pipeline.ledger().held());
            assertEquals(0, pipeline.ledger().abandoned());
            assertEndedInOrder(pipeline, 100);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "0,3", "2,3"})
    void atTheEndOfTheCaptureWhatIsHeldIsDecidedToo(int workers, int queues) {
        try (MemoryCapture memory = MemoryCapture.builder().queues(queues).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> Traffic.flow(packet) % 2 == 0 ? Verdict.HOLD : Verdict.DROP)
                        .open()) {
            List<InjectedPacket> packets = memory.injectAll(Traffic.flows(100));
            memory.end();
            pipeline.run();
            packets.forEach(packet -> packet.await(Duration.ZERO));
            assertEquals(50, count(pipeline, Cause.STOP));
            assertEndedInOrder(pipeline, 100);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "0,3", "2,3"})
    void whenTheCaptureFailsEverythingBeforeIsDecidedAndRunSaysWhy(int workers, int queues) {
        WeirException cause = new WeirException("the cable is gone: plug it in");
        try (MemoryCapture memory = MemoryCapture.builder().queues(queues).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> Traffic.flow(packet) % 2 == 0 ? Verdict.HOLD : Verdict.DROP)
                        .open()) {
            List<InjectedPacket> packets = memory.injectAll(Traffic.flows(100));
            memory.fail(cause);
            assertSame(cause, assertThrows(WeirException.class, pipeline::run));
            packets.forEach(packet -> packet.await(Duration.ZERO));
            packets.forEach(packet -> assertTrue(packet.isReleased()));
            assertEquals(State.FAILED, pipeline.state());
            assertTrue(pipeline.ledger().isBalanced());
            assertEquals(100, pipeline.ledger().received());
            pipeline.stop();
            assertEquals(State.FAILED, pipeline.state());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anInterruptOfRunStopsInOrder(int workers) throws Exception {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            AtomicReference<Boolean> stillInterrupted = new AtomicReference<>();
            Thread runner = new Thread(() -> {
                pipeline.run();
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            });
            runner.start();
            InjectedPacket packet = memory.inject(packet(1, 1));
            eventually("held", () -> pipeline.ledger().held() == 1);
            runner.interrupt();
            runner.join(PATIENCE.toMillis());
            assertFalse(runner.isAlive());
            assertTrue(stillInterrupted.get());
            assertEquals(Verdict.ACCEPT, packet.await(Duration.ZERO));
            assertEndedInOrder(pipeline, 1);
        }
    }

    @Test
    void awaitSaysWhetherItHasEnded() throws Exception {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name()).open()) {
            pipeline.start();
            assertFalse(pipeline.await(Duration.ofMillis(20)));
            assertFalse(pipeline.await(Duration.ZERO));
            memory.end();
            assertTrue(pipeline.await(PATIENCE));
            assertTrue(pipeline.await(Duration.ZERO));
            assertThrows(IllegalStateException.class, pipeline::start);
        }
    }

    @ParameterizedTest
    @EnumSource(PausePolicy.class)
    void whilePausedTrafficDoesWhatWasChosenAndNothingIsLost(PausePolicy policy) {
        for (int workers : new int[] {0, 2}) {
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = Pipeline.from(memory.name())
                            .workers(workers)
                            .whilePaused(policy)
                            .classify((packet, flow) -> Verdict.mark(1))
                            .open()) {
                pipeline.start();
                assertEquals(Verdict.mark(1), memory.inject(packet(1, 1)).await(PATIENCE));
                pipeline.pause();
                assertEquals(State.PAUSED, pipeline.state());
                List<InjectedPacket> during = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    during.add(memory.inject(packet(2, i)));
                }
                if (policy != PausePolicy.STOP_READING) {
                    Verdict expected = policy == PausePolicy.DROP ? Verdict.DROP : Verdict.ACCEPT;
                    during.forEach(packet -> assertEquals(expected, packet.await(PATIENCE)));
                }
                pipeline.resume();
                assertEquals(State.RUNNING, pipeline.state());
                assertEquals(Verdict.mark(1), memory.inject(packet(1, 2)).await(PATIENCE));
                Traffic.awaitAll(during);
                pipeline.stop();
                assertEquals(policy == PausePolicy.STOP_READING ? 0 : 200, count(pipeline, Cause.PAUSED));
                assertEndedInOrder(pipeline, 202);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void stoppedWhilePausedItDecidesWhatWaitsInTheCapture(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> Verdict.DROP)
                        .open()) {
            pipeline.start();
            pipeline.pause();
            InjectedPacket packet = memory.inject(packet(1, 1));
            assertNull(packet.verdict());
            pipeline.stop();
            assertEquals(Verdict.DROP, packet.await(Duration.ZERO));
            assertEndedInOrder(pipeline, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void pausingAndStoppingAtTheSameTimeEndsAlways(int workers) throws Exception {
        for (int round = 0; round < 100; round++) {
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = Pipeline.from(memory.name())
                            .workers(workers)
                            .flows(dev.weir.FlowLimits.DEFAULT.withMaxFlows(16))
                            .open()) {
                pipeline.start();
                memory.inject(packet(1, 1));
                Thread pausing = new Thread(() -> {
                    for (int i = 0; i < 50; i++) {
                        pipeline.pause();
                        pipeline.resume();
                    }
                    pipeline.pause();
                });
                pausing.start();
                pipeline.stop();
                pausing.join();
                Ledger ledger = assertEndedInOrder(pipeline, 1);
                assertEquals(0, ledger.abandoned());
            }
        }
    }
}
