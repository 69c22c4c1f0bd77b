package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Loss;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is lost or passes without us is counted, to the packet; whatever ends the filter. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(90)
class NfqueueLossKernelTest {
    private static final String RULE = "-A FORWARD -p udp -j NFQUEUE --queue-num 0";
    private static final int CHUNK = 200;

    private FilterLab lab;
    private FrameSender sender;
    private byte[] gateway;
    private DatagramCounter server;

    @BeforeEach
    void open(NetworkLab network) {
        lab = new FilterLab(network);
        lab.server.ip("addr", "add", "198.18.0.2/32", "dev", "eth0");
        lab.filter.ip("route", "add", "198.18.0.2/32", "via", lab.server.ipv4());
        lab.filter.ip("route", "add", "198.18.0.1/32", "via", lab.client.ipv4());
        // where an interface goes down for a while, nobody has to be asked for the other's address afterwards
        sender = new FrameSender(lab.client, "eth0");
        gateway = FilterLab.hardwareAddress(lab.filter, "eth0");
        server = new DatagramCounter(lab.server);
    }

    @AfterEach
    void close() {
        sender.close();
        server.close();
    }

    // Full

    @Test
    void anOverrunIsCountedToThePacket() throws Exception {
        lab.ipv4Rule(RULE);
        try (CaptureSource source = lab.open("0?receive-buffer=64K")) {
            CaptureQueue queue = source.queues().get(0);
            send(0, 3_000);
            int received = acceptAll(queue);
            assertTrue(received < 3_000);
            assertEquals(3_000, received + lost(queue, Loss.SOCKET_OVERRUN));
            assertEquals(received, server.settled().cardinality());
            assertEquals(lost(queue, Loss.SOCKET_OVERRUN), statistics(6), "the kernel's own count");
            send(3_000, 10);
            assertEquals(10, acceptAll(queue), "it goes on");
        }
    }

    @Test
    void aFullQueueIsCountedToThePacket() throws Exception {
        lab.ipv4Rule(RULE);
        try (CaptureSource source = lab.open("0?queue-length=100")) {
            CaptureQueue queue = source.queues().get(0);
            assertEquals(99, source.traits().maxPackets());
            send(0, 1_000);
            assertEquals(100, acceptAll(queue));
            assertEquals(900, lost(queue, Loss.QUEUE_FULL));
            assertEquals(0, lost(queue, Loss.SOCKET_OVERRUN));
            assertEquals(100, server.settled().cardinality());
        }
    }

    @Test
    void whatPassesWithoutUsIsCountedToThePacket() throws Exception {
        lab.ipv4Rule(RULE);
        try (CaptureSource source = lab.open("0?receive-buffer=64K&fail-open=true")) {
            CaptureQueue queue = source.queues().get(0);
            assertFalse(
                    source.explain().toString().contains("not counted"),
                    source.explain().toString());
            send(0, 3_000);
            int received = acceptAll(queue);
            assertTrue(received < 3_000);
            assertEquals(3_000, received + lost(queue, Loss.FAILED_OPEN));
            assertEquals(0, lost(queue, Loss.SOCKET_OVERRUN) + lost(queue, Loss.QUEUE_FULL));
            assertEquals(3_000, server.settled().cardinality(), "all passed");
        }
    }

    @Test
    void itSaysWhenPacketsCanPassUncounted() throws Exception {
        lab.ipv4Rule(RULE);
        try (CaptureSource source = lab.open("0?queue-length=100&fail-open=true")) {
            assertTrue(
                    source.explain().toString().contains("not counted"),
                    source.explain().toString());
            send(0, 1_000);
            assertEquals(100, acceptAll(source.queues().get(0)));
            assertEquals(1_000, server.settled().cardinality(), "all passed");
        }
    }

    // Flushed

    @Test
    void aVerdictForAFlushedPacketIsCountedAndTheQueueLivesOn() throws Exception {
        lab.ipv4Rule(RULE);
        lab.ipv4Rule("-A INPUT -p udp -j NFQUEUE --queue-num 0");
        try (CaptureSource source = lab.open("0")) {
            CaptureQueue queue = source.queues().get(0);
            send(0, 300);
            List<Slot> held = FilterLab.take(queue, 300);
            lab.filter.ip("link", "set", "eth1", "down");
            held.forEach(slot -> finish(queue, slot));
            queue.flush();
            assertEquals(0, acceptAll(queue));
            assertEquals(300, lost(queue, Loss.FLUSHED));
            assertEquals(0, server.settled().cardinality());

            lab.filter.ip("link", "set", "eth1", "up");
            lab.filter.ip("route", "replace", "198.18.0.2/32", "via", lab.server.ipv4());
            Thread.sleep(100); // for the carrier
            send(300, 10);
            assertEquals(10, acceptAll(queue));
            assertEquals(10, server.settled().cardinality());

            send(310, 10);
            held = FilterLab.take(queue, 10);
            lab.filter.ip("link", "delete", "eth1");
            held.forEach(slot -> finish(queue, slot));
            queue.flush();
            acceptAll(queue);
            assertEquals(310, lost(queue, Loss.FLUSHED));
            lab.filter.ip("addr", "add", "198.18.0.2/32", "dev", "eth0");
            send(320, 10);
            assertEquals(10, acceptAll(queue), "what comes in by the other interface still comes");
        }
    }

    @Test
    void whatIsUndecidedAtTheCloseIsDropped() throws Exception {
        lab.ipv4Rule(RULE + " --queue-bypass");
        try (CaptureSource source = lab.open("0")) {
            send(0, 20);
            FilterLab.take(source.queues().get(0), 20);
        }
        send(20, 10);
        BitSet seen = server.settled();
        assertEquals(20, seen.nextSetBit(0));
        assertEquals(10, seen.cardinality());
    }

    // Ending under load

    @Test
    void anOrderlyStopThatFailsOpenLosesNothing() throws Exception {
        lab.ipv4Rule(RULE + " --queue-bypass");
        try (Load load = new Load()) {
            load.awaitSent(500);
            Ledger ledger;
            try (Pipeline pipeline = start("nfqueue:0?fail-open=true")) {
                load.awaitSent(load.sent + 3_000);
                pipeline.stop();
                ledger = pipeline.ledger();
            }
            load.awaitSent(load.sent + 1_000);
            int sent = load.end();
            assertEquals(sent, server.settled().cardinality());
            assertTrue(ledger.isBalanced(), ledger.toString());
            assertTrue(ledger.received() > 1_000 && ledger.received() < sent, ledger.received() + " of " + sent);
        }
    }

    @Test
    void anOrderlyStopThatFailsClosedLosesWhatCameAfterIt() throws Exception {
        lab.ipv4Rule(RULE);
        try (Pipeline pipeline = start("nfqueue:0");
                Load load = new Load()) {
            load.awaitSent(3_000);
            pipeline.stop();
            load.awaitSent(load.sent + 1_000);
            int sent = load.end();
            BitSet seen = server.settled();
            Ledger ledger = pipeline.ledger();
            assertEquals(seen.cardinality(), seen.length(), "all up to the stop, none after it");
            assertEquals(ledger.accepted(), seen.cardinality());
            assertTrue(seen.cardinality() < sent);
            assertTrue(ledger.isBalanced(), ledger.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"accept", "hold"})
    void aKilledFilterLosesWhatItHeldAndBypassRulesLetTheRestPass(String verdict) throws Exception {
        lab.ipv4Rule(RULE + " --queue-bypass");
        LabProcess filter = FilterProcess.start(lab.filter, List.of(), "nfqueue:0", verdict);
        filter.awaitOutput(FilterProcess.READY, Duration.ofSeconds(30));
        try (Load load = new Load()) {
            load.awaitSent(verdict.equals("hold") ? 400 : 3_000);
            ProcessHandle.of(filter.pid()).orElseThrow().destroyForcibly();
            filter.awaitExit(Duration.ofSeconds(10));
            int atKill = load.sent;
            load.awaitSent(atKill + 2_000);
            int sent = load.end();
            BitSet seen = server.settled();
            int lost = sent - seen.cardinality();
            assertEquals(sent, seen.length(), "traffic goes on");
            assertTrue(lost <= atKill, lost + " of " + sent + " were lost");
            if (verdict.equals("hold")) {
                assertTrue(lost >= 400, "what was held is dropped: " + lost);
            } else {
                assertTrue(lost < 1_000, "no more than was under way: " + lost);
            }
        }
    }

    @Test
    void aKilledFilterWithStrictRulesLetsNothingPass() throws Exception {
        lab.ipv4Rule(RULE);
        LabProcess filter = FilterProcess.start(lab.filter, List.of(), "nfqueue:0", "accept");
        filter.awaitOutput(FilterProcess.READY, Duration.ofSeconds(30));
        try (Load load = new Load()) {
            load.awaitSent(2_000);
            ProcessHandle.of(filter.pid()).orElseThrow().destroyForcibly();
            filter.awaitExit(Duration.ofSeconds(10));
            int atKill = load.sent;
            load.awaitSent(atKill + 2_000);
            int sent = load.end();
            BitSet seen = server.settled();
            assertTrue(seen.length() <= atKill + CHUNK, seen.length() + " of " + sent);
            assertTrue(seen.cardinality() > 500, "it worked before: " + seen.cardinality());
        }
        try (Pipeline again = start("nfqueue:0")) {
            send(500_000, 100);
            assertTrue(server.settled().get(500_099), "and the number can be used again");
            assertEquals(100, again.ledger().received());
        }
    }

    // A million

    @Test
    void ofAMillionPacketsEachHasOneVerdict() throws Exception {
        lab.ipv4Rule(RULE);
        lab.server.run("iptables", "-t", "raw", "-A", "PREROUTING", "-p", "udp", "-j", "DROP");
        int total = 1_000_000;
        List<byte[]> frames = NumberedFrames.frames(0, 3 * CHUNK);
        try (Pipeline pipeline = lab.filter.call(() -> Pipeline.from("nfqueue:0")
                .classify((packet, flow) -> {
                    Headers headers = packet.headers();
                    return packet.bytes().i32(headers.payloadOffset() + 4) % 3 == 0 ? Verdict.DROP : Verdict.ACCEPT;
                })
                .open())) {
            pipeline.start();
            int sent = 0;
            while (sent < total) {
                int count = Math.min(frames.size(), total - sent);
                sender.send(gateway, frames.subList(0, count));
                sent += count;
                long begin = System.nanoTime();
                while (pipeline.ledger().received() < sent - 2_000) {
                    assertTrue(
                            System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(10),
                            pipeline.ledger().received() + " of " + sent + " came");
                    Thread.onSpinWait();
                }
            }
            while (pipeline.ledger().inFlight() > 0 || pipeline.ledger().received() < total) {
                Thread.sleep(5);
            }
            pipeline.stop();
            lab.assertEachDecidedOnce(pipeline.ledger(), total);
        }
    }

    // Helpers

    private Pipeline start(String name) {
        Pipeline pipeline = lab.filter.call(() ->
                Pipeline.from(name).classify((packet, flow) -> Verdict.ACCEPT).open());
        pipeline.start();
        return pipeline;
    }

    private void send(int from, int count) {
        sender.send(gateway, NumberedFrames.frames(from, count));
    }

    /** Accepts what comes, until nothing has come for a while. */
    private static int acceptAll(CaptureQueue queue) {
        Slot[] slots = new Slot[64];
        int accepted = 0;
        for (int empty = 0; empty < 10; ) {
            int received = queue.receive(slots, slots.length);
            for (int i = 0; i < received; i++) {
                finish(queue, slots[i]);
            }
            queue.flush();
            accepted += received;
            if (received == 0) {
                empty++;
                queue.refreshLosses();
                queue.await(TimeUnit.MILLISECONDS.toNanos(30));
            }
        }
        return accepted;
    }

    private static void finish(CaptureQueue queue, Slot slot) {
        queue.verdict(slot, Verdict.ACCEPT);
        queue.release(slot);
    }

    private static long lost(CaptureQueue queue, Loss loss) {
        queue.refreshLosses();
        return queue.lost(loss);
    }

    private long statistics(int column) {
        return Long.parseLong(lab.filter
                .run("cat", "/proc/net/netfilter/nfnetlink_queue")
                .strip()
                .split("\\s+")[column]);
    }

    /** Some twenty thousand datagrams a second, until ended. */
    private final class Load implements AutoCloseable {
        private volatile int sent;
        private volatile boolean ending;
        private final Thread thread = new Thread(this::run, "load");

        Load() {
            thread.start();
        }

        private void run() {
            while (!ending && sent < 400_000) {
                send(sent, 40);
                sent += 40;
                try {
                    Thread.sleep(2);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        void awaitSent(int count) throws InterruptedException {
            while (sent < count) {
                Thread.sleep(1);
            }
        }

        int end() throws InterruptedException {
            ending = true;
            thread.join();
            return sent;
        }

        @Override
        public void close() {
            ending = true;
        }
    }
}
