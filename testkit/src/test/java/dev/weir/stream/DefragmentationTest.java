package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DefragmentationTest {
    private static final String V4 = "10.0.0.1";
    private static final String V6 = "2001:db8::1";

    private static PacketBuilder ip(String source, int identification) {
        PacketBuilder builder = PacketBuilder.ethernet().vlan(7);
        return source.equals(V4)
                ? builder.ipv4(V4, "10.0.0.2").identification(identification)
                : builder.ipv6(V6, "2001:db8::2");
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** A fragment with other bytes behind its headers. */
    private static byte[] raw(String source, int identification, int offset, boolean more, byte... data) {
        PacketBuilder builder = PacketBuilder.ethernet();
        return (source.equals(V4)
                        ? builder.ipv4(V4, "10.0.0.2")
                                .identification(identification)
                                .ipv4Fragment(offset, more)
                                .protocol(17)
                        : builder.ipv6(V6, "2001:db8::2")
                                .ipv6Fragment(offset, more, identification)
                                .protocol(17))
                .payload(data)
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void aDatagramIsShownAsIfItHadComeWhole(String source) {
        byte[] payload = random(1, 5_000);
        PacketBuilder whole = ip(source, 9).udp(5353, 53).payload(payload);
        try (DatagramBench bench = new DatagramBench()) {
            bench.play(whole.fragments(1280));
            DatagramBench.Seen seen = bench.seen.get(0);
            assertTrue(seen.reassembled());
            assertArrayEquals(payload, seen.payload());
            assertArrayEquals(whole.build(), seen.bytes(), "to the last bit, checksums and lengths included");
            assertEquals(1, bench.seen.size());
            assertEquals(1, bench.counts().datagrams());
            bench.judge(whole.fragments(1280).get(1));
            assertEquals(4096, bench.counts().usedBytes(), "the first one's memory went back; there is a new one");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void inWhateverOrderFragmentsComeAndHoweverOften(long seed) {
        Random random = new Random(seed);
        List<byte[]> frames = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            byte[] payload = random(seed * 100 + i, 1 + random.nextInt(6_000));
            PacketBuilder whole = PacketBuilder.ethernet();
            String[] hosts = i % 2 == 0
                    ? new String[] {"10.0." + i + ".1", "10.0.0.2"}
                    : new String[] {"2001:db8::" + i + ":1", "2001:db8::2"};
            List<byte[]> fragments = new ArrayList<>(whole.ip(hosts[0], hosts[1])
                    .udp(1000 + i, 53)
                    .payload(payload)
                    .fragments(1280));
            if (fragments.size() > 2) { // a repetition must not come last: it would begin a new datagram
                fragments.add(1, fragments.get(random.nextInt(fragments.size())));
                Collections.shuffle(fragments.subList(0, fragments.size() - 1), random);
            }
            frames.addAll(fragments);
            expected.add(Arrays.toString(payload));
        }
        try (DatagramBench bench = new DatagramBench()) {
            bench.play(frames);
            List<String> seen = bench.seen.stream()
                    .map(one -> Arrays.toString(one.payload()))
                    .sorted()
                    .toList();
            assertEquals(expected.stream().sorted().toList(), seen);
            assertEquals(0, bench.errors());
            assertEquals(0, bench.counts().discarded());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void whatOverlapsIsGivenUpAndSoIsWhatStillComes(String source) {
        Verdict drop = Verdict.DROP.because("test", "overlap");
        try (DatagramBench bench = new DatagramBench(FragmentLimits.DEFAULT, drop, (p, f) -> Verdict.ACCEPT)) {
            assertEquals(Verdict.Kind.ACCEPT, bench.judge(raw(source, 1, 0, true, new byte[24])));
            assertEquals(Verdict.Kind.DROP, bench.judge(raw(source, 1, 16, true, new byte[16])), "teardrop");
            assertEquals(Verdict.Kind.DROP, bench.judge(raw(source, 1, 32, false, new byte[8])));
            assertEquals(Verdict.Kind.DROP, bench.judge(raw(source, 1, 0, true, new byte[24])));
            assertEquals(0, bench.seen.size());
            assertEquals(3, bench.counts().discarded());
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void contradictionsAreGivenUp(String source) {
        record Contradiction(String why, List<byte[]> fragments) {}
        byte[] eight = new byte[8];
        List<Contradiction> all = List.of(
                new Contradiction(
                        "another content",
                        List.of(raw(source, 1, 8, true, eight), raw(source, 1, 8, true, random(7, 8)))),
                new Contradiction(
                        "two ends", List.of(raw(source, 2, 16, false, eight), raw(source, 2, 24, false, eight))),
                new Contradiction(
                        "behind the end", List.of(raw(source, 3, 16, false, eight), raw(source, 3, 24, true, eight))),
                new Contradiction(
                        "an end before", List.of(raw(source, 4, 24, true, eight), raw(source, 4, 16, false, eight))),
                new Contradiction(
                        "not a last one after all",
                        List.of(raw(source, 5, 16, false, eight), raw(source, 5, 16, true, eight))),
                new Contradiction(
                        "a length that is no multiple of eight", List.of(raw(source, 6, 8, true, new byte[3]))),
                new Contradiction("longer than IP can be", List.of(raw(source, 7, 65_528, false, new byte[200]))));
        try (DatagramBench bench = new DatagramBench(FragmentLimits.DEFAULT, Verdict.DROP, (p, f) -> Verdict.ACCEPT)) {
            for (Contradiction each : all) {
                Verdict.Kind last = null;
                for (byte[] fragment : each.fragments()) {
                    last = bench.judge(fragment);
                }
                assertEquals(Verdict.Kind.DROP, last, each.why());
            }
            assertEquals(0, bench.counts().usedBytes());
            assertEquals(0, bench.counts().datagrams());
        }
    }

    @Test
    void tooManyHolesAreGivenUp() {
        try (DatagramBench bench = new DatagramBench()) {
            for (int i = 0; i < Ranges.MAX; i++) {
                bench.judge(raw(V4, 1, 16 * i, true, new byte[8]));
            }
            assertEquals(0, bench.counts().discarded());
            bench.judge(raw(V4, 1, 16 * Ranges.MAX, true, new byte[8]));
            assertEquals(1, bench.counts().discarded());
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @Test
    void anAtomicFragmentIsWholeAndDoesNotMixWithOthersOfItsNumber() {
        try (DatagramBench bench = new DatagramBench()) {
            bench.judge(raw(V6, 1, 8, false, new byte[8]));
            bench.judge(raw(V6, 1, 0, false, new byte[16]));
            assertEquals(1, bench.seen.size());
            assertFalse(bench.seen.get(0).reassembled());
            assertEquals(0, bench.counts().datagrams());
        }
    }

    @Test
    void itsTimeAndTheTableAreBounded() {
        FragmentLimits limits = FragmentLimits.DEFAULT.withMaxDatagrams(10).withTimeout(Duration.ofSeconds(1));
        try (DatagramBench bench = new DatagramBench(limits, Verdict.CONTINUE, (p, f) -> Verdict.CONTINUE)) {
            bench.judge(raw(V4, 1, 0, true, new byte[8]), 1);
            bench.judge(raw(V4, 1, 8, false, new byte[8]), 1_001);
            assertEquals(0, bench.counts().datagrams());
            assertEquals(1, bench.counts().expired());
            for (int i = 2; i < 100; i++) {
                bench.judge(raw(V4, i, 0, true, new byte[8]), 1_002);
            }
            assertEquals(89, bench.counts().evicted());
            assertEquals(10 * 2048, bench.counts().usedBytes());
        }
    }

    @Test
    void memoryIsBoundedUnderAFloodOfFirstFragments() {
        FragmentLimits limits = FragmentLimits.DEFAULT.withMaxDatagrams(100_000).withMemoryBytes(1 << 20);
        try (DatagramBench bench = new DatagramBench(limits, Verdict.CONTINUE, (p, f) -> Verdict.CONTINUE)) {
            List<byte[]> flood = IntStream.range(0, 5_000)
                    .mapToObj(i -> raw(V4, i, 60_000, true, new byte[8])) // each claims 64 KiB with 8 bytes
                    .toList();
            bench.play(flood);
            assertTrue(bench.counts().memoryBytes() <= 1 << 20, () -> bench.counts()
                    .toString());
            assertTrue(bench.counts().evicted() > 4_900);
            bench.play(ip(V4, 7).udp(1, 2).payload(random(3, 4_000)).fragments(1280));
            assertEquals(1, bench.counts().datagrams(), "others are read all the same");
        }
    }

    @Test
    void aDiscardedDatagramStaysDiscardedWhenItsLastFragmentComesOnceMore() {
        Verdict drop = Verdict.DROP.because("test", "all");
        try (DatagramBench bench = new DatagramBench(FragmentLimits.DEFAULT, Verdict.CONTINUE, (p, f) -> drop)) {
            List<byte[]> fragments = ip(V4, 1).udp(1, 2).payloadOf(2_000).fragments(1280);
            assertEquals(Verdict.Kind.ACCEPT, bench.judge(fragments.get(0)));
            assertEquals(Verdict.Kind.DROP, bench.judge(fragments.get(1)));
            assertEquals(Verdict.Kind.DROP, bench.judge(fragments.get(1)));
            assertEquals(Verdict.Kind.DROP, bench.judge(fragments.get(0)));
            assertEquals(1, bench.seen.size());
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @Test
    void tinyFragmentsHideNothing() {
        byte[] segment = ip(V4, 1).tcp(4711, 23).syn().payload("root").build();
        assertTrue(segment.length > 50);
        try (DatagramBench bench = new DatagramBench()) {
            bench.play(ip(V4, 1).tcp(4711, 23).syn().payload("root").fragments(28)); // RFC 1858: ports and flags apart
            assertArrayEquals(segment, bench.seen.get(0).bytes());
        }
    }

    @Test
    void fragmentsWithinATunnelAreReadAsWhatTheTunnelCarries() {
        byte[] whole = PacketBuilder.rawIp()
                .ipv4(V4, "10.0.0.2")
                .identification(5)
                .udp(4711, 53)
                .payloadOf(100)
                .build();
        try (DatagramBench bench = new DatagramBench()) {
            for (int offset : new int[] {64, 0}) {
                boolean more = offset == 0;
                bench.judge(PacketBuilder.ethernet()
                        .ipv4("192.0.2.1", "192.0.2.2")
                        .ipv4(V4, "10.0.0.2")
                        .identification(5)
                        .ipv4Fragment(offset, more)
                        .protocol(17)
                        .payload(Arrays.copyOfRange(whole, 20 + offset, more ? 20 + 64 : whole.length))
                        .build());
            }
            assertEquals(1, bench.seen.size());
            assertArrayEquals(whole, bench.seen.get(0).bytes());
            assertEquals(100, bench.seen.get(0).payload().length);
        }
    }

    @Test
    void aReassembledDatagramCannotBeReplacedAndSaysSo() {
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        try (DatagramBench bench = new DatagramBench(FragmentLimits.DEFAULT, Verdict.CONTINUE, (packet, flow) -> {
            messages.add(
                    assertThrows(WeirException.class, () -> packet.replace(10)).getMessage());
            return Verdict.CONTINUE;
        })) {
            bench.play(ip(V4, 1).udp(1, 2).payloadOf(2_000).fragments(1280));
            assertTrue(messages.get(0).contains("isReassembled"), () -> messages.toString());
        }
    }

    @Test
    void limitsAreChecked() {
        assertThrows(WeirException.class, () -> FragmentLimits.DEFAULT.withMaxDatagrams(0));
        assertThrows(WeirException.class, () -> FragmentLimits.DEFAULT.withMemoryBytes(1000));
        assertThrows(WeirException.class, () -> FragmentLimits.DEFAULT.withTimeout(Duration.ZERO));
        assertThrows(
                WeirException.class,
                () -> new DatagramClassifier((p, f) -> Verdict.CONTINUE, FragmentLimits.DEFAULT, Verdict.HOLD));
    }
}
