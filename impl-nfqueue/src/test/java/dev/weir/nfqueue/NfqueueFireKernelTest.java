package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ErrorPolicy;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Ledger.Outcome;
import dev.weir.Ledger.WorkerCounts;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Classifiers that are slow or throw while traffic comes, and what the books say of it. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(90)
class NfqueueFireKernelTest {
    private static final int IN_FLIGHT = 1_000;
    private static final int SENT = 5_000;
    private static final int MILLION = 1_000_000;

    private FilterLab lab;
    private FrameSender sender;
    private byte[] gateway;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
        lab.client.ip("addr", "add", "198.18.0.1/32", "dev", "lo");
        lab.server.ip("addr", "add", "198.18.0.2/32", "dev", "lo");
        lab.filter.ip("route", "add", "198.18.0.2/32", "via", lab.server.ipv4());
        lab.filter.ip("route", "add", "198.18.0.1/32", "via", lab.client.ipv4());
        lab.ipv4Rule("-A FORWARD -p udp -j NFQUEUE --queue-num 0");
        sender = new FrameSender(lab.client, "eth0");
        gateway = FilterLab.hardwareAddress(lab.filter, "eth0");
    }

    @AfterEach
    void close() {
        sender.close();
    }

    @ParameterizedTest
    @EnumSource(OverloadPolicy.class)
    void beyondTheBoundThePolicyDecidesWhileAClassifierDoesNot(OverloadPolicy policy) throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (DatagramCounter server = new DatagramCounter(lab.server);
                Pipeline pipeline = start(builder -> builder.workers(2)
                        .inFlight(IN_FLIGHT, 64L << 20, policy)
                        .classify((packet, flow) -> {
                            awaitQuietly(answer);
                            return Verdict.ACCEPT;
                        }))) {
            send(SENT);
            long beyond = SENT - IN_FLIGHT;
            if (policy == OverloadPolicy.STOP_READING) {
                await(() -> pipeline.ledger().inFlight() == IN_FLIGHT, pipeline);
                assertEquals(0, server.settled().cardinality());
            } else {
                await(() -> pipeline.ledger().decisions().count(Cause.OVERLOAD) == beyond, pipeline);
                assertEquals(
                        policy == OverloadPolicy.FAIL_OPEN ? beyond : 0,
                        server.settled().cardinality());
            }
            answer.countDown();
            await(
                    () -> pipeline.ledger().received() == SENT
                            && pipeline.ledger().inFlight() == 0,
                    pipeline);
            int passed = server.settled().cardinality();
            assertEquals(policy == OverloadPolicy.FAIL_CLOSED ? IN_FLIGHT : SENT, passed);
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(passed, ledger.decisions().count(Outcome.ACCEPTED));
            assertEquals(SENT - passed, ledger.decisions().count(Outcome.DROPPED));
            assertEquals(0, ledger.lost());
            assertTrue(ledger.isBalanced(), ledger.toString());
        }
    }

    @Test
    void aDeadlineSetsFreeWhatAClassifierDoesNotDecide() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (DatagramCounter server = new DatagramCounter(lab.server);
                Pipeline pipeline = start(builder -> builder.workers(2)
                        .deadline(Duration.ofMillis(50), Verdict.ACCEPT)
                        .classify((packet, flow) -> {
                            awaitQuietly(answer);
                            return Verdict.DROP;
                        }))) {
            send(SENT);
            await(() -> pipeline.ledger().decisions().count(Cause.DEADLINE) == SENT, pipeline);
            assertEquals(SENT, server.settled().cardinality());
            answer.countDown();
            await(() -> pipeline.ledger().inFlight() == 0, pipeline);
            pipeline.stop();
            assertTrue(pipeline.ledger().isBalanced(), pipeline.ledger().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(ErrorPolicy.class)
    void packetsOfAThrowingClassifierGetTheVerdictOfThePolicy(ErrorPolicy policy) throws Exception {
        try (DatagramCounter server = new DatagramCounter(lab.server);
                Pipeline pipeline = start(
                        builder -> builder.workers(2).onClassifierError(policy).classify((packet, flow) -> {
                            if (NumberedFrames.number(packet) % 2 == 0) {
                                throw new IllegalStateException("as a bug would");
                            }
                            return Verdict.ACCEPT;
                        }))) {
            send(SENT);
            await(() -> pipeline.ledger().decisions().total() == SENT, pipeline);
            int passed = server.settled().cardinality();
            assertEquals(policy == ErrorPolicy.DROP ? SENT / 2 : SENT, passed);
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(SENT / 2, ledger.decisions().count(Cause.CLASSIFIER_ERROR));
            assertEquals(
                    SENT / 2,
                    ledger.workers().stream()
                            .mapToLong(WorkerCounts::classifierErrors)
                            .sum());
            assertTrue(ledger.isBalanced(), ledger.toString());
        }
    }

    /** Each flow has five packets; the second and the fourth wait for the one after them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void packetsOfAFlowLeaveInTheOrderInWhichTheyCame(int workers) throws Exception {
        int flows = SENT / 5;
        try (DatagramCounter server = new DatagramCounter(lab.server);
                Pipeline pipeline = start(builder -> builder.workers(workers).classify((packet, flow) -> {
                    int place = NumberedFrames.number(packet) / flows;
                    return place % 2 == 1 ? Verdict.HOLD : Verdict.ACCEPT;
                }))) {
            send(SENT);
            await(() -> pipeline.ledger().decisions().total() == SENT, pipeline);
            assertEquals(SENT, server.settled().cardinality());
            assertEquals(0, server.overtaken());
            pipeline.stop();
            assertEquals(
                    flows,
                    pipeline.ledger().workers().stream()
                            .mapToLong(WorkerCounts::flowsCreated)
                            .sum());
        }
    }

    @Test
    void aMillionPacketsAreSharedByTheWorkersAndEachHasOneVerdict() throws Exception {
        lab.server.run("iptables", "-t", "raw", "-A", "PREROUTING", "-p", "udp", "-j", "DROP");
        List<byte[]> frames = NumberedFrames.frames(0, 3_000);
        try (Pipeline pipeline = start(builder -> builder.workers(4)
                .classify((packet, flow) -> NumberedFrames.number(packet) % 3 == 0 ? Verdict.DROP : Verdict.ACCEPT))) {
            for (int sent = 0; sent < MILLION; sent += frames.size()) {
                int count = Math.min(frames.size(), MILLION - sent);
                sender.send(gateway, frames.subList(0, count));
                long wanted = sent + count - 5_000; // no more on the way than the kernel's queue holds
                await(() -> pipeline.ledger().received() >= wanted, pipeline);
            }
            await(() -> pipeline.ledger().decisions().total() == MILLION, pipeline);
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            lab.assertEachDecidedOnce(ledger, MILLION);
            long classified = 0;
            for (WorkerCounts worker : ledger.workers()) {
                classified += worker.classified();
                // A thousand flows by their hash: each worker gets a quarter, give or take.
                assertTrue(Math.abs(worker.classified() - MILLION / 4) < MILLION / 16, ledger.workers()::toString);
            }
            assertEquals(MILLION, classified);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatHasPiledUpIsDecidedOnceInOrderAndByASecondThreadWhereThatIsWanted(boolean secondThread) throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        try (DatagramCounter server = new DatagramCounter(lab.server);
                Pipeline pipeline = lab.filter.call(
                        () -> Pipeline.from("nfqueue:0", Map.of("verdict-thread", Boolean.toString(secondThread)))
                                .whilePaused(PausePolicy.STOP_READING)
                                .classify((packet, flow) -> {
                                    if (NumberedFrames.number(packet) == SENT - 1) {
                                        Thread.getAllStackTraces().keySet().forEach(any -> threads.add(any.getName()));
                                    }
                                    return Verdict.ACCEPT;
                                })
                                .open())) {
            pipeline.start();
            pipeline.pause();
            send(SENT);
            pipeline.resume();
            await(() -> pipeline.ledger().decisions().total() == SENT, pipeline);
            assertEquals(SENT, server.settled().cardinality());
            assertEquals(0, server.overtaken());
            boolean expected = secondThread && Runtime.getRuntime().availableProcessors() > 1;
            assertEquals(expected, threads.contains("weir nfqueue 0 verdicts"), threads::toString);
            pipeline.stop();
            assertEquals(SENT, pipeline.ledger().received());
            assertEquals(0, pipeline.ledger().lost());
            assertTrue(pipeline.ledger().isBalanced(), pipeline.ledger().toString());
        }
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("weir nfqueue 0 verdicts")));
    }

    // Helpers

    private Pipeline start(UnaryOperator<PipelineBuilder> parts) {
        Pipeline pipeline =
                lab.filter.call(() -> parts.apply(Pipeline.from("nfqueue:0")).open());
        pipeline.start();
        return pipeline;
    }

    private void send(int count) {
        sender.send(gateway, NumberedFrames.frames(0, count));
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, Pipeline pipeline) throws InterruptedException {
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < untilNs, () -> pipeline.ledger().toString());
            Thread.sleep(1);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
