package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowState;
import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class WorkersTest {
    /** Of a core, in a second. */
    private static final long ONE_PERCENT_NS = 10_000_000;

    private record Last(Thread thread, int number) {}

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "2,1", "4,1", "0,3", "1,3", "3,2"})
    void allCallsForAFlowComeFromOneThreadInOrder(int workers, int queues) {
        FlowState<Last> last = FlowState.named("last");
        AtomicInteger wrong = new AtomicInteger();
        try (MemoryCapture memory = MemoryCapture.builder().queues(queues).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> {
                            Last before = flow.get(last);
                            Last now = new Last(Thread.currentThread(), number(packet));
                            if (before != null
                                    && (before.thread() != now.thread() || before.number() >= now.number())) {
                                wrong.incrementAndGet();
                            }
                            flow.put(last, now);
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            for (int i = 0; i < 20_000; i++) {
                int flow = i * 31 % 101;
                memory.inject(i % 3 == 0 ? Traffic.answer(flow, i) : Traffic.packet(flow, i));
            }
            pipeline.stop();
            assertEquals(0, wrong.get());
            assertEquals(
                    101,
                    pipeline.ledger().workers().stream()
                            .mapToLong(Ledger.WorkerCounts::flowsCreated)
                            .sum());
            assertEndedInOrder(pipeline, 20_000);
        }
    }

    /** With asymmetric queues both directions still meet, in the worker. */
    @Test
    void workersBringTogetherWhatAsymmetricQueuesBring() {
        try (MemoryCapture memory =
                        MemoryCapture.builder().queues(4).asymmetric().create();
                Pipeline pipeline = Pipeline.from(memory.name()).workers(3).open()) {
            pipeline.start();
            for (int i = 0; i < 1000; i++) {
                memory.inject(i % 2 == 0 ? Traffic.packet(i / 2, i) : Traffic.answer(i / 2, i));
            }
            pipeline.stop();
            assertEquals(
                    500,
                    pipeline.ledger().workers().stream()
                            .mapToLong(Ledger.WorkerCounts::flowsCreated)
                            .sum());
            assertTrue(pipeline.ledger().queues().stream().allMatch(queue -> queue.received() > 0));
            assertEndedInOrder(pipeline, 1000);
        }
    }

    @Test
    void runToCompletionOverAsymmetricQueuesIsRefused() {
        try (MemoryCapture memory =
                MemoryCapture.builder().queues(2).asymmetric().create()) {
            PipelineBuilder builder = Pipeline.from(memory.name());
            String message = assertThrows(WeirException.class, builder::open).getMessage();
            assertTrue(message.contains(".workers("), message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7})
    void flowsAreSpreadEvenly(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).workers(workers).open()) {
            pipeline.start();
            memory.injectAll(Traffic.flows(7000));
            pipeline.stop();
            for (Ledger.WorkerCounts worker : pipeline.ledger().workers()) {
                double share = worker.flowsCreated() * workers / 7000.0;
                assertTrue(share > 0.8 && share < 1.2, worker.toString()); // 5 standard deviations at the least
            }
            assertEndedInOrder(pipeline, 7000);
        }
    }

    @Test
    void severalPipelinesShareNothing() {
        List<MemoryCapture> captures = new ArrayList<>();
        List<Pipeline> pipelines = new ArrayList<>();
        Map<Integer, Set<Thread>> threads = new ConcurrentHashMap<>();
        try {
            for (int i = 0; i < 4; i++) {
                int index = i;
                captures.add(MemoryCapture.create());
                pipelines.add(Pipeline.from(captures.get(i).name())
                        .workers(i % 3)
                        .classify((packet, flow) -> {
                            threads.computeIfAbsent(index, key -> ConcurrentHashMap.newKeySet())
                                    .add(Thread.currentThread());
                            if (index == 3) {
                                throw new IllegalStateException("on purpose");
                            }
                            return index == 2 ? Verdict.HOLD : Verdict.mark(index);
                        })
                        .open());
                pipelines.get(i).start();
            }
            List<List<InjectedPacket>> packets = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                packets.add(captures.get(i).injectAll(Traffic.flows(100 + i)));
            }
            eventually("all held", () -> pipelines.get(2).ledger().held() == 102);
            pipelines.get(2).stop();
            packets.get(1).forEach(packet -> assertEquals(Verdict.mark(1), packet.await(PATIENCE)));
            packets.get(0).forEach(packet -> assertEquals(Verdict.mark(0), packet.await(PATIENCE)));
            for (int i = 0; i < 4; i++) {
                pipelines.get(i).stop();
                Ledger ledger = assertEndedInOrder(pipelines.get(i), 100 + i);
                assertEquals(
                        100 + i,
                        ledger.workers().stream()
                                .mapToLong(w -> w.flowsCreated())
                                .sum());
                assertEquals(
                        i == 3 ? 103 : 0,
                        ledger.workers().stream()
                                .mapToLong(w -> w.classifierErrors())
                                .sum());
            }
            Set<Thread> all = ConcurrentHashMap.newKeySet();
            threads.values().forEach(some -> some.forEach(thread -> assertTrue(all.add(thread), "a shared thread")));
        } finally {
            pipelines.forEach(Pipeline::stop);
            captures.forEach(MemoryCapture::close);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void threadsEndWithTheirPipelineAndBearItsName(int workers) {
        MemoryCapture memory = MemoryCapture.create();
        try (memory;
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .listen(decision -> {})
                        .open()) {
            pipeline.start();
            memory.inject(Traffic.packet(1, 1)).await(PATIENCE);
            assertEquals(2 + workers, threadsOf(memory).size());
            assertTrue(threadsOf(memory).stream().allMatch(Thread::isDaemon));
            pipeline.stop();
            eventually("no threads", () -> threadsOf(memory).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anIdlePipelineUsesAboutNoProcessorTime(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .listen(decision -> {})
                        .open()) {
            pipeline.start();
            for (int i = 0; i < 100; i++) {
                memory.inject(Traffic.packet(i, i)).await(PATIENCE);
            }
            LockSupport.parkNanos(100_000_000);
            List<Long> threads = threadsOf(memory).stream().map(Thread::getId).toList();
            // About 5 ms, as a rule. One second of many had 24, nobody knows why: two of three have to be idle.
            List<Long> usedNs = new ArrayList<>();
            int idle = 0;
            while (idle < 2 && usedNs.size() < 3) {
                CpuTime cpu = new CpuTime(threads);
                LockSupport.parkNanos(1_000_000_000);
                usedNs.add(cpu.usedNs());
                idle += usedNs.get(usedNs.size() - 1) < ONE_PERCENT_NS ? 1 : 0;
            }
            assertTrue(idle == 2, () -> "ns of processor time in each second: " + usedNs);
        }
    }

    private static List<Thread> threadsOf(MemoryCapture memory) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("weir " + memory.name() + " "))
                .toList();
    }
}
