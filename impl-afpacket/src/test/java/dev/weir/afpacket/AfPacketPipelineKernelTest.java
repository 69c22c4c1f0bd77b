package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.udp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Capture;
import dev.weir.Ledger;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Transmitter;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The backend as applications use it: by name, through pipelines, captures and transmitters. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(60)
class AfPacketPipelineKernelTest {
    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 2", "3, 2"})
    void everyPacketIsDecidedOnceAlsoThoseThatArriveBeforeTheStop(int queues, int workers) throws Exception {
        int frames = 3_000;
        try (Pipeline pipeline = lab.inside(() -> Pipeline.from("afpacket:" + RIGHT + "?queues=" + queues)
                .advisory()
                .workers(workers)
                // every hundredth is held until the pipeline stops
                .classify((packet, flow) -> packet.headers().sourcePort() % 100 == 7 ? Verdict.HOLD : Verdict.ACCEPT)
                .open())) {
            pipeline.start();
            try (AfPacketTransmitter out = lab.transmitter(LEFT)) {
                for (int i = 0; i < frames; i += 500) {
                    List<byte[]> some = new ArrayList<>();
                    for (int k = i; k < i + 500; k++) {
                        some.add(udp(1 + k % 1000, 53, 100));
                    }
                    VethLab.send(out, some);
                }
            }
            pipeline.stop();
            Ledger ledger = pipeline.ledger();
            assertEquals(frames, ledger.received() + ledger.lost());
            assertEquals(0, ledger.lost());
            assertTrue(ledger.isBalanced(), ledger::toString);
            assertEquals(frames / 100, ledger.decisions().count(Ledger.Cause.STOP));
        }
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
    }

    @Test
    void anIdlePipelineUsesLessThanAHundredthOfAProcessor() throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Set<Long> before = ids(threads);
        try (Pipeline pipeline = lab.inside(() -> Pipeline.from("afpacket:" + RIGHT)
                .advisory()
                .workers(1)
                .classify((packet, flow) -> Verdict.ACCEPT)
                .open())) {
            pipeline.start();
            lab.send(LEFT, udp(1, 2, 3));
            Thread.sleep(500);
            Set<Long> its = ids(threads);
            its.removeAll(before);
            assertTrue(its.size() >= 2, "the pipeline has threads");
            long start = cpuNs(threads, its);
            Thread.sleep(3_000);
            long usedNs = cpuNs(threads, its) - start;
            assertEquals(1, pipeline.ledger().received());
            assertTrue(usedNs < 30_000_000, usedNs / 1_000 + " µs of CPU in three idle seconds");
        }
    }

    private static Set<Long> ids(ThreadMXBean threads) {
        Set<Long> ids = new HashSet<>();
        for (long id : threads.getAllThreadIds()) {
            ids.add(id);
        }
        return ids;
    }

    private static long cpuNs(ThreadMXBean threads, Set<Long> ids) {
        return ids.stream()
                .mapToLong(id -> Math.max(0, threads.getThreadCpuTime(id)))
                .sum();
    }

    @Test
    void aPlainLoopReceivesAndRelays() {
        try (Capture right = lab.inside(() -> Capture.open("afpacket:" + RIGHT + "?ignore-outgoing=true"));
                Capture left = lab.inside(() -> Capture.open("afpacket:" + LEFT + "?ignore-outgoing=true"));
                Transmitter back = lab.inside(() -> Transmitter.open("afpacket:" + RIGHT))) {
            lab.send(LEFT, udp(1, 2, 3));
            List<Packet> batch = right.receive(Duration.ofSeconds(5));
            assertEquals(1, batch.size());
            assertTrue(back.offer(batch.get(0)));
            right.finish(batch.get(0), Verdict.ACCEPT);
            assertEquals(0, back.flush());
            batch = left.receive(Duration.ofSeconds(5));
            assertEquals(1, batch.size());
            assertArrayEquals(udp(1, 2, 3), batch.get(0).bytes().toByteArray());
            left.finish(batch.get(0), Verdict.ACCEPT);
            assertThrows(WeirException.class, () -> back.offer(ByteBuffer.allocate(0)));
        }
    }

    @Test
    void whoMayNotCaptureIsToldWhatIsMissing() throws Exception {
        Process child = new ProcessBuilder(
                        "setpriv",
                        "--bounding-set=-net_raw",
                        "--inh-caps=-net_raw",
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpenTheLoopback.class.getName())
                .redirectErrorStream(true)
                .start();
        child.getOutputStream().close();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, child.waitFor(), output);
        assertTrue(output.contains("lacks CAP_NET_RAW"), output);
    }

    /** Exit code 2 with the message, or 0. */
    static final class OpenTheLoopback {
        private OpenTheLoopback() {}

        public static void main(String[] arguments) throws IOException {
            try (Capture capture = Capture.open("afpacket:lo")) {
                System.out.println(capture.explain());
            } catch (WeirException e) {
                System.out.println(e.getMessage());
                System.exit(2);
            }
        }
    }
}
