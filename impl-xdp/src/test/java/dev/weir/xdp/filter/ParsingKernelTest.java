package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.packet.Headers;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The program in C and {@link Headers} in Java see the same flow in a packet, be it whole, cut off or damaged. */
@KernelTest
class ParsingKernelTest {
    private static final Path CAPTURES = Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .getParent()
            .resolve("spi/src/test/resources/captures");

    private static final long LIFETIME_NS = 3_600_000_000_000L;
    private static final int ETHERNET_BYTES = 14;
    private static final int VLAN_BYTES = 4;
    private static final int VLAN_TAGS = 2;

    /** What a test run takes: one page, and room before it. */
    private static final int LONGEST_BYTES = 3_000;

    /** A frame, and the flow that Java sees in it; null for none that the program is to know. */
    private record Sample(byte[] frame, FlowKey key) {}

    /** Runs a pipeline over Ethernet frames and notes the flow of each. */
    private static List<Sample> samples(String capture) {
        List<Sample> samples = new ArrayList<>();
        try (Pipeline pipeline = Pipeline.from(capture)
                .advisory()
                .classify((packet, flow) -> {
                    if (packet.linkType() == LinkType.ETHERNET && packet.capturedLength() <= LONGEST_BYTES) {
                        byte[] frame = new byte[packet.capturedLength()];
                        for (int i = 0; i < frame.length; i++) {
                            frame[i] = (byte) packet.bytes().u8(i);
                        }
                        Headers headers = packet.headers();
                        if (frame.length >= ETHERNET_BYTES
                                && frame.length == packet.wireLength()
                                && !isBeyond(headers)) {
                            samples.add(new Sample(frame, headers.isIp() ? flow.key() : null));
                        }
                    }
                    return Verdict.CONTINUE;
                })
                .open()) {
            pipeline.run();
        } catch (WeirException e) {
            assertTrue(e.getMessage().contains("corrupt"), e.getMessage()); // what stands before is as good as any
        }
        return samples;
    }

    /** What the program does not look behind: other headers than tags, more tags, fragments (which follow others). */
    private static boolean isBeyond(Headers headers) {
        return headers.vlanCount() > VLAN_TAGS
                || headers.isFragment()
                || headers.isIp() && headers.networkOffset() != ETHERNET_BYTES + VLAN_BYTES * headers.vlanCount();
    }

    private static int compare(List<Sample> samples) {
        int withFlow = 0;
        try (TestRuns runs = TestRuns.xdp()) {
            runs.maps.steer(Steering.NOTHING);
            FlowVerdicts verdicts = runs.maps.flowVerdicts(LIFETIME_NS);
            for (Sample sample : samples) {
                assertTrue(!runs.drops(sample.frame), () -> "no flow has a verdict: " + sample.key);
                if (sample.key != null) {
                    assertTrue(verdicts.install(sample.key, Verdict.Kind.DROP));
                    assertEquals(0, verdicts.flush());
                    assertTrue(
                            runs.drops(sample.frame),
                            () -> "the program does not see " + sample.key + " in "
                                    + HexFormat.of().formatHex(sample.frame));
                    verdicts.removeEnded(System.nanoTime() + 2 * LIFETIME_NS);
                    withFlow++;
                }
            }
        }
        return withFlow;
    }

    @Test
    void inThePacketsOfCaptures() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(CAPTURES)) {
            files = all.filter(file -> file.toString().endsWith(".pcap"))
                    .sorted()
                    .toList();
        }
        List<Sample> all = new ArrayList<>();
        for (Path file : files) {
            List<Sample> samples = samples("pcap:" + file.toString().replace("%", "%25"));
            all.addAll(samples.subList(0, Math.min(60, samples.size())));
        }
        int compared = compare(all);
        assertTrue(compared > 500, () -> "flows compared: " + compared);
    }

    @Test
    void inPacketsWithEveryHeaderThatIsLookedBehind() {
        try (MemoryCapture capture = MemoryCapture.create()) {
            for (PacketBuilder link : List.of(
                    PacketBuilder.ethernet(),
                    PacketBuilder.ethernet().vlan(7),
                    PacketBuilder.ethernet().qinq(7, 9),
                    PacketBuilder.ethernet().tag(0x9100, 5))) {
                inject(
                        capture,
                        link.copy().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).syn());
                inject(capture, link.copy().ipv4("10.0.0.2", "10.0.0.1").udp(1, 2));
                inject(capture, link.copy().ipv4("10.0.0.1", "10.0.0.1").udp(2, 1));
                inject(capture, link.copy().ipv6("2001:db8::1", "2001:db8::2").udp(1, 2));
                inject(
                        capture,
                        link.copy().ipv6("fe80::1", "2001:db8::2").hopByHop().tcp(9, 8));
                inject(
                        capture,
                        link.copy()
                                .ipv6("fe80::1", "2001:db8::2")
                                .hopByHop()
                                .destinationOptions()
                                .udp(9, 8));
                inject(
                        capture,
                        link.copy()
                                .ipv6("fe80::1", "2001:db8::2")
                                .authentication(1, 2)
                                .tcp(9, 8));
            }
            capture.end();
            assertEquals(28, compare(samples(capture.name())));
        }
    }

    @Test
    void inPacketsWithDamagedHeaders() {
        Random random = new Random(4711);
        List<PacketBuilder> whole = List.of(
                PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).payloadOf(20),
                PacketBuilder.ethernet()
                        .vlan(7)
                        .ipv4("10.0.0.2", "10.0.0.1")
                        .udp(1, 2)
                        .payloadOf(20),
                PacketBuilder.ethernet()
                        .ipv6("2001:db8::1", "2001:db8::2")
                        .udp(1, 2)
                        .payloadOf(9),
                PacketBuilder.ethernet()
                        .ipv6("fe80::1", "fe80::2")
                        .hopByHop()
                        .destinationOptions()
                        .tcp(9, 8));
        try (MemoryCapture capture = MemoryCapture.create()) {
            for (int i = 0; i < 4_000; i++) {
                byte[] frame = whole.get(i % whole.size()).build();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    frame[ETHERNET_BYTES + random.nextInt(frame.length - ETHERNET_BYTES)] = (byte) random.nextInt();
                }
                capture.inject(frame);
            }
            capture.end();
            assertTrue(compare(samples(capture.name())) > 1_000);
        }
    }

    private static void inject(MemoryCapture capture, PacketBuilder packet) {
        capture.inject(packet.build());
    }
}
