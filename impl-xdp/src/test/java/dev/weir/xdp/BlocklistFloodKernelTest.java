package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.Blocklist.Side;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists replace one another while packets flow: what all of them name never gets through, and every packet is counted. */
@NetworkLabTest
class BlocklistFloodKernelTest {
    private static final int SWAPS = 40;
    private static final int BURST = 96;
    private static final int ENTRIES = 20_000;
    private static final long PATIENCE_NS = 10_000_000_000L;

    private static byte[] frame(String source, String destination, int port) {
        return PacketBuilder.ethernet()
                .ip(source, destination)
                .udp(9, port)
                .payloadOf(20)
                .build();
    }

    /** A host, a prefix of each version, a port: and thousands of others, different each time. */
    private static Blocklist list(int number) {
        Blocklist.Builder list = Blocklist.builder()
                .prefix("10.66.0.1", Side.SOURCE)
                .prefix("10.67.0.0/16", Side.SOURCE)
                .prefix("2001:db8:66::1", Side.SOURCE)
                .prefix("2001:db8:67::/48", Side.SOURCE)
                .port(17, 66);
        for (int i = 0; i < ENTRIES; i++) {
            list.ipv4(0x50000000 + number * 1_000_003 + i * 5, 32, Side.SOURCE);
            if (i % 16 == 0) {
                list.ipv4(0x80000000 + number * 65_536 + (i << 8), 24, Side.SOURCE);
            }
        }
        return list.build();
    }

    private static long total(Map<KernelOutcome, KernelFilter.Count> counts) {
        return counts.values().stream().mapToLong(KernelFilter.Count::packets).sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mode=native", "mode=generic", "hook=tc", "hook=tc&tc=clsact"})
    void whatIsListedInAllOfThemIsDroppedDuringTheSwapsToo(String options, NetworkLab network) throws Exception {
        XdpLab lab = new XdpLab(network);
        List<byte[]> frames = List.of(
                frame("10.66.0.1", "10.0.0.2", 7),
                frame("10.67.1.1", "10.0.0.2", 7),
                frame("2001:db8:66::1", "2001:db8::2", 7),
                frame("2001:db8:67::9", "2001:db8::2", 7),
                frame("10.0.0.1", "10.0.0.2", 66),
                frame("10.0.0.1", "10.0.0.2", 67)); // the one that is not listed
        List<byte[]> burst = new ArrayList<>();
        for (int i = 0; i < BURST; i++) {
            burst.add(frames.get(i % frames.size()));
        }
        List<Blocklist> lists = List.of(list(0), list(1), list(2));
        try (KernelFilter filter = lab.here().call(() -> KernelFilter.open("bpf:eth0?" + options));
                XdpTransmitter out = lab.transmitter()) {
            filter.block(lists.get(0));
            AtomicInteger swaps = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread swapping = new Thread(() -> {
                try {
                    for (int i = 1; i <= SWAPS; i++) {
                        filter.block(lists.get(i % lists.size()));
                        swaps.incrementAndGet();
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            swapping.start();
            long sent = 0;
            int duringSwaps = 0;
            while (swapping.isAlive() || duringSwaps == 0) {
                XdpLab.send(out, burst);
                sent += BURST;
                duringSwaps++;
                long wanted = sent;
                long endNs = System.nanoTime() + PATIENCE_NS;
                while (total(filter.counts()) < wanted) {
                    assertTrue(System.nanoTime() - endNs < 0, () -> "of " + wanted + " came " + filter.counts());
                    Thread.onSpinWait();
                }
            }
            swapping.join();
            assertEquals(null, failure.get());
            assertEquals(SWAPS, swaps.get());
            assertTrue(duringSwaps > SWAPS, "packets came between the swaps: " + duringSwaps);
            Map<KernelOutcome, KernelFilter.Count> counts = filter.counts();
            long each = sent / frames.size();
            assertEquals(2 * each, counts.get(KernelOutcome.BLOCKED_IPV4).packets(), counts::toString);
            assertEquals(2 * each, counts.get(KernelOutcome.BLOCKED_IPV6).packets(), counts::toString);
            assertEquals(each, counts.get(KernelOutcome.BLOCKED_PORT).packets(), counts::toString);
            assertEquals(each, counts.get(KernelOutcome.PASSED).packets(), counts::toString);
            assertEquals(sent, total(counts));
        }
    }
}
