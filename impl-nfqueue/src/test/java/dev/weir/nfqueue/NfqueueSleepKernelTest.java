package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Loss;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.linux.Scheduling;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The owner of a queue sleeps inside a receive: packets, calls of other threads and the end of the queue end it. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueSleepKernelTest {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(10);

    private FilterLab lab;
    private FrameSender sender;
    private byte[] gateway;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
        lab.ipv4Rule("-A PREROUTING -t raw -p udp --dport " + NumberedFrames.PORT + " -j NFQUEUE --queue-num 0");
        sender = new FrameSender(lab.client, "eth0");
        gateway = FilterLab.hardwareAddress(lab.filter, "eth0");
    }

    @AfterEach
    void close() {
        sender.close();
    }

    @Test
    void whatEndedTheSleepIsHandedOutWithinTheLimitAndInOrder() {
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            sender.send(gateway, NumberedFrames.frames(0, 100));
            queue.await(LONG_NS);
            List<Integer> numbers = new ArrayList<>();
            Slot[] slots = new Slot[64];
            for (int limit = 1; numbers.size() < 100; limit = limit % 7 + 1) {
                int received = queue.receive(slots, limit);
                assertTrue(received <= limit, received + " of at most " + limit);
                for (int i = 0; i < received; i++) {
                    numbers.add(numberOf(slots[i]));
                    finish(queue, slots[i]);
                }
                queue.flush();
                queue.await(LONG_NS); // ends at once while there are packets
            }
            assertEquals(IntStream.range(0, 100).boxed().toList(), numbers);
        }
    }

    @Test
    void aStopAfterTheSleepBringsTheRestAndThenTheEnd() {
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            sender.send(gateway, NumberedFrames.frames(0, 30));
            queue.await(LONG_NS);
            sender.send(gateway, NumberedFrames.frames(30, 30));
            queue.stopIntake();
            sender.send(gateway, NumberedFrames.frames(60, 30));
            Slot[] slots = new Slot[64];
            int count = 0;
            for (int received = queue.receive(slots, 20);
                    received != CaptureQueue.END;
                    received = queue.receive(slots, 20)) {
                assertTrue(received > 0, "nobody waits before the end");
                for (int i = 0; i < received; i++) {
                    finish(queue, slots[i]);
                }
                count += received;
            }
            assertEquals(60, count);
        }
    }

    @Test
    void anotherThreadEndsTheSleepAndThatIsNoPacket() throws Exception {
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[64];
            long[] latencies = new long[200];
            for (int i = 0; i < latencies.length; i++) {
                long[] rungNs = new long[1];
                Thread ringer = new Thread(() -> {
                    LockSupport.parkNanos(2_000_000);
                    rungNs[0] = System.nanoTime();
                    queue.wakeup();
                });
                ringer.start();
                queue.await(LONG_NS);
                long wokenNs = System.nanoTime();
                ringer.join();
                latencies[i] = wokenNs - rungNs[0];
                assertEquals(0, queue.receive(slots, slots.length));
            }
            Arrays.sort(latencies);
            long median = latencies[latencies.length / 2];
            assertTrue(median < TimeUnit.MILLISECONDS.toNanos(5), "woken after " + median + " ns");
            assertEquals(0, queue.lost(Loss.FLUSHED));
        }
    }

    /** After a full batch there may be more: that is found out by receiving, without a poll before. */
    @Test
    void aFullBatchIsFollowedByAnotherLookAndAShorterOneByShortSleep() {
        long shortNs = TimeUnit.MILLISECONDS.toNanos(40);
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[64];
            sender.send(gateway, NumberedFrames.frames(0, BatchSize.USUAL));
            receiveAll(queue, slots, BatchSize.USUAL);
            long afterFullNs = timeOfAwait(queue, shortNs);
            assertTrue(afterFullNs < shortNs / 2, "slept " + afterFullNs + " ns");
            assertEquals(0, queue.receive(slots, slots.length));
            assertTrue(timeOfAwait(queue, shortNs) >= shortNs / 2, "did not sleep on an empty queue");

            sender.send(gateway, NumberedFrames.frames(0, BatchSize.USUAL - 1));
            receiveAll(queue, slots, BatchSize.USUAL - 1);
            assertTrue(timeOfAwait(queue, shortNs) >= shortNs / 2, "did not sleep after what emptied the queue");
        }
    }

    @Test
    void whatHasPiledUpComesInLargerBatchesAndNothingIsMissed() {
        int total = 2_000;
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[2 * BatchSize.MOST];
            sender.send(gateway, NumberedFrames.frames(0, total));
            int came = 0;
            int most = 0;
            for (int looks = 0; came < total && looks < 2 * total; looks++) {
                int received = queue.receive(slots, slots.length);
                if (received == 0) {
                    queue.await(LONG_NS);
                }
                for (int i = 0; i < received; i++) {
                    assertEquals(came++, NumberedFrames.number(slots[i]));
                    finish(queue, slots[i]);
                }
                most = Math.max(most, received);
                queue.flush();
            }
            assertEquals(total, came);
            assertTrue(most > BatchSize.USUAL && most <= BatchSize.MOST, most + " at once");
        }
    }

    private static void receiveAll(CaptureQueue queue, Slot[] slots, int packets) {
        assertEquals(packets, queue.receive(slots, slots.length));
        for (int i = 0; i < packets; i++) {
            finish(queue, slots[i]);
        }
        queue.flush();
    }

    private static long timeOfAwait(CaptureQueue queue, long timeoutNs) {
        long beganNs = System.nanoTime();
        queue.await(timeoutNs);
        return System.nanoTime() - beganNs;
    }

    @Test
    void packetsAndCallsTogetherLoseNothing() throws Exception {
        int total = 40_000;
        AtomicBoolean done = new AtomicBoolean();
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            Thread ringer = new Thread(() -> {
                while (!done.get()) {
                    queue.wakeup();
                    LockSupport.parkNanos(20_000);
                }
            });
            Thread traffic = new Thread(() -> {
                for (int sent = 0; sent < total && !done.get(); sent += 20) {
                    sender.send(gateway, NumberedFrames.frames(sent, 20));
                    LockSupport.parkNanos(sent % 200 == 0 ? 2_000_000 : 100_000);
                }
            });
            ringer.start();
            traffic.start();
            Slot[] slots = new Slot[64];
            int next = 0;
            long begin = System.nanoTime();
            while (next < total && System.nanoTime() - begin < 3 * LONG_NS) {
                int received = queue.receive(slots, slots.length);
                for (int i = 0; i < received; i++) {
                    assertEquals(next++, numberOf(slots[i]));
                    finish(queue, slots[i]);
                }
                queue.flush();
                if (received == 0) {
                    queue.await(LONG_NS);
                }
            }
            done.set(true);
            ringer.join();
            traffic.join();
            assertEquals(total, next);
            queue.refreshLosses();
            assertEquals(0, queue.lost(Loss.SOCKET_OVERRUN) + queue.lost(Loss.FLUSHED) + queue.lost(Loss.QUEUE_FULL));
        }
    }

    @Test
    void anIdlePipelineUsesAboutNoProcessorAndStopsAtOnce() throws Exception {
        try (Pipeline pipeline = lab.filter.call(() -> Pipeline.from("nfqueue:0")
                .classify((packet, flow) -> Verdict.ACCEPT)
                .open())) {
            pipeline.start();
            Thread.sleep(1_000);
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long thread = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                    .filter(info -> info != null && info.getThreadName().contains("queue 0"))
                    .mapToLong(ThreadInfo::getThreadId)
                    .findFirst()
                    .orElseThrow();
            long before = threads.getThreadCpuTime(thread);
            Thread.sleep(2_000);
            long usedNs = threads.getThreadCpuTime(thread) - before;
            assertTrue(usedNs < TimeUnit.MILLISECONDS.toNanos(20), usedNs + " ns of two seconds");
            pipeline.stop();
        }
    }

    /** Client and server, whom it would take the processor from, wait for it anyway; one that never sleeps has its own. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPipelineThatSleepsTakesTheProcessorFromNobody(boolean sleeps) throws Exception {
        BlockingQueue<Boolean> preemptsNobody = new LinkedBlockingQueue<>();
        try (Pipeline pipeline = lab.filter.call(() -> {
            PipelineBuilder builder = Pipeline.from("nfqueue:0").classify((packet, flow) -> {
                preemptsNobody.add(Scheduling.preemptsNobody());
                return Verdict.ACCEPT;
            });
            return sleeps ? builder.open() : builder.busyPoll().open();
        })) {
            pipeline.start();
            sender.send(gateway, NumberedFrames.frames(0, 1));
            assertEquals(sleeps, preemptsNobody.poll(LONG_NS, TimeUnit.NANOSECONDS));
            pipeline.stop();
        }
    }

    private static int numberOf(Slot slot) {
        return slot.bytes().i32(slot.headers().payloadOffset() + 4);
    }

    private static void finish(CaptureQueue queue, Slot slot) {
        queue.verdict(slot, Verdict.ACCEPT);
        queue.release(slot);
    }
}
