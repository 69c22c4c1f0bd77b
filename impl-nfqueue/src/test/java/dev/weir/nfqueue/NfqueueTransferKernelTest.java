package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.OverloadPolicy;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TCP through a filter: what is downloaded is what was sent. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class NfqueueTransferKernelTest {
    private static final int PORT = 8000;
    private static final int PATIENCE_MS = 10_000;
    private static final int DOWNLOAD_BYTES = 10 << 20;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private FilterLab lab;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource({"true,4,0", "false,4,0", "true,6,0", "false,6,0", "true,4,2", "false,4,2"})
    void aDownloadArrivesAsItWasSent(boolean gso, int version, int workers) throws Exception {
        lab.rule("-A FORWARD -j NFQUEUE --queue-num 0");
        AtomicInteger largest = new AtomicInteger();
        try (Pipeline pipeline =
                start("0?gso=" + gso, builder -> builder.workers(workers).classify((packet, flow) -> {
                    largest.accumulateAndGet(packet.capturedLength(), Math::max);
                    return Verdict.CONTINUE;
                }))) {
            byte[] content = content(DOWNLOAD_BYTES);
            assertArrayEquals(sha256(content), sha256(download(version, content)));
            // The connection may still be saying goodbye: a queue that stops drops what comes, and counts it.
            lab.rule("-D FORWARD -j NFQUEUE --queue-num 0");
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertTrue(ledger.isBalanced(), ledger.toString());
            assertEquals(0, ledger.lost(), ledger::toString);
            assertTrue(ledger.receivedBytes() > DOWNLOAD_BYTES);
            assertEquals(gso, largest.get() > 1_500, "largest packet: " + largest);
        }
    }

    @Test
    void fourQueuesShareConnectionsAndEachKeepsItsOwn() throws Exception {
        for (int i = 10; i < 26; i++) {
            lab.client.ip("addr", "add", "10.77.1." + i + "/24", "dev", "eth0");
        }
        lab.ipv4Rule("-A FORWARD -j NFQUEUE --queue-balance 0:3");
        Map<String, Integer> queueOf = new HashMap<>();
        List<String> strays = new ArrayList<>();
        try (Pipeline pipeline = start(
                "0-3",
                builder -> builder.classify((packet, flow) -> {
                    synchronized (queueOf) {
                        Integer before = queueOf.putIfAbsent(flow.key().toString(), packet.queue());
                        if (before != null && before != packet.queue()) {
                            strays.add(flow.key().toString());
                        }
                    }
                    return Verdict.ACCEPT;
                }))) {
            byte[] content = content(200_000);
            for (int i = 10; i < 26; i++) {
                assertArrayEquals(content, download("10.77.1." + i, lab.server.ipv4(), content));
            }
            pipeline.stop();
            assertEquals(List.of(), strays);
            assertEquals(16, queueOf.size());
            long busy = pipeline.ledger().queues().stream()
                    .filter(queue -> queue.received() > 0)
                    .count();
            assertTrue(busy > 1, busy + " queues had work");
        }
    }

    @Test
    void aHeldSynGoesOnWhenItsDeadlinePasses() throws Exception {
        lab.ipv4Rule("-A FORWARD -j NFQUEUE --queue-num 0");
        try (Pipeline pipeline = start("0", builder -> builder.workers(2)
                .deadline(Duration.ofMillis(20), Verdict.ACCEPT)
                .inFlight(1_000, 64L << 20, OverloadPolicy.STOP_READING)
                .classify((packet, flow) -> flow.packets() == 1 ? Verdict.HOLD : Verdict.ACCEPT))) {
            byte[] content = content(2 << 20);
            assertArrayEquals(content, download(4, content));
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertTrue(ledger.isBalanced(), ledger.toString());
            assertTrue(ledger.decisions().count(Cause.DEADLINE) > 0);
            assertEquals(0, ledger.abandoned());
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void nothingIsAllocatedPerPacketByTheThreadsOfThePipeline(boolean gso) throws Exception {
        lab.ipv4Rule("-A FORWARD -j NFQUEUE --queue-num 0");
        ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] thread = {0};
        try (Pipeline pipeline = start(
                "0?gso=" + gso,
                builder -> builder.classify((packet, flow) -> {
                    thread[0] = Thread.currentThread().getId();
                    return Verdict.ACCEPT;
                }))) {
            byte[] content = content(DOWNLOAD_BYTES);
            for (int i = 0; i < 5; i++) {
                download(4, content);
            }
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                long packets = pipeline.ledger().received();
                long before = beans.getThreadAllocatedBytes(thread[0]);
                download(4, content);
                long allocated = beans.getThreadAllocatedBytes(thread[0]) - before;
                packets = pipeline.ledger().received() - packets;
                least = Math.min(least, 1_000 * allocated / packets);
            }
            // A connection costs its flow, and a buffer is grown now and then; packets cost nothing.
            long allowed = gso ? 20_000 : 1_000;
            assertTrue(least < allowed, least + " bytes were allocated for 1000 packets");
        }
    }

    // Helpers

    private Pipeline start(String what, UnaryOperator<PipelineBuilder> parts) {
        Pipeline pipeline = lab.filter.call(
                () -> parts.apply(Pipeline.from("nfqueue:" + what)).open());
        pipeline.start();
        return pipeline;
    }

    private byte[] download(int version, byte[] content) throws Exception {
        return version == 4
                ? download(lab.client.ipv4(), lab.server.ipv4(), content)
                : download(lab.client.ipv6(), lab.server.ipv6(), content);
    }

    private byte[] download(String from, String to, byte[] content) throws Exception {
        try (ServerSocket server = inside(() -> lab.server.call(() -> new ServerSocket(PORT)));
                Socket client = inside(() -> lab.client.call(() -> {
                    Socket socket = new Socket();
                    socket.bind(new InetSocketAddress(from, 0));
                    socket.connect(new InetSocketAddress(to, PORT), PATIENCE_MS);
                    socket.setSoTimeout(PATIENCE_MS);
                    return socket;
                }));
                Socket accepted = server.accept()) {
            Future<?> sender = threads.submit(() -> {
                OutputStream out = accepted.getOutputStream();
                out.write(content);
                accepted.shutdownOutput();
                return null;
            });
            try (InputStream in = client.getInputStream()) {
                byte[] received = in.readAllBytes();
                sender.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
                return received;
            }
        }
    }

    private static <T> T inside(Callable<T> task) throws IOException {
        try {
            return task.call();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }
}
