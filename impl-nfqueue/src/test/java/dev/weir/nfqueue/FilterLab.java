package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Ledger;
import dev.weir.Ledger.Outcome;
import dev.weir.linux.Interfaces;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import dev.weir.testkit.lab.FilteredPath;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A {@link FilteredPath} whose filter queues what a rule says. */
final class FilterLab {
    static final int IN_FLIGHT = 10_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    final LabHost client;
    final LabHost filter;
    final LabHost server;
    private final FilteredPath path;

    FilterLab(NetworkLab lab) {
        path = FilteredPath.in(lab);
        client = path.client();
        filter = path.filter();
        server = path.server();
    }

    /** Adds a rule for both versions of IP on the filter; one word an argument. */
    void rule(String words) {
        path.iptables(words);
    }

    void ipv4Rule(String words) {
        filter.run(("iptables -w 5 " + words).split(" "));
    }

    /** The packets that an IPv4 rule has matched: the one with these words in its listing. */
    long matched(String table, String chain, String words) {
        return matched(4, table, chain, words);
    }

    /** The packets that a rule has matched, for a version of IP. */
    long matched(int version, String table, String chain, String words) {
        return matched(filter, version, table, chain, words);
    }

    private static long matched(LabHost host, int version, String table, String chain, String words) {
        return host.run(version == 4 ? "iptables" : "ip6tables", "-w", "5", "-t", table, "-nvxL", chain)
                .lines()
                .filter(line -> line.contains(words))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[0]))
                .sum();
    }

    /** Holds the books of a pipeline against what was sent, and what reached the server, where a rule of raw drops it. */
    void assertEachDecidedOnce(Ledger ledger, long sent) {
        assertEquals(sent, ledger.received());
        assertEquals(0, ledger.lost());
        assertTrue(ledger.isBalanced(), ledger.toString());
        long passed = matched(server, 4, "raw", "PREROUTING", "DROP");
        assertEquals(ledger.decisions().count(Outcome.ACCEPTED), passed);
        assertEquals(sent, passed + ledger.decisions().count(Outcome.DROPPED));
    }

    /** Opens {@code 0?gso=false} on the filter. */
    CaptureSource open(String what) {
        return open(filter, what);
    }

    static CaptureSource open(LabHost host, String what) {
        CaptureName name = CaptureName.parse("nfqueue:" + what, Map.of());
        NfqueueProvider provider = new NfqueueProvider();
        Options options = Options.of("nfqueue", provider.options(), name.options());
        return host.call(() -> provider.open(new CaptureRequest(name.target(), options, IN_FLIGHT, 64L << 20)));
    }

    static byte[] hardwareAddress(LabHost host, String interfaceName) {
        long address = host.call(
                () -> Interfaces.require(interfaceName).hardwareAddress().bits());
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (address >>> 8 * (5 - i));
        }
        return bytes;
    }

    /** Receives until there are so many; the slots stay out. */
    static List<Slot> take(CaptureQueue queue, int count) {
        List<Slot> taken = new ArrayList<>();
        Slot[] slots = new Slot[64];
        long begin = System.nanoTime();
        while (taken.size() < count && System.nanoTime() - begin < PATIENCE_NS) {
            int received = queue.receive(slots, Math.min(slots.length, count - taken.size()));
            for (int i = 0; i < received; i++) {
                taken.add(slots[i]);
            }
            if (received <= 0) {
                queue.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        if (taken.size() < count) {
            throw new AssertionError("only " + taken.size() + " of " + count + " packets came");
        }
        return taken;
    }
}
