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
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A client, a server, and between them the filter, which forwards. Only what a rule queues is seen. */
final class FilterLab {
    static final int IN_FLIGHT = 10_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    final LabHost client;
    final LabHost filter;
    final LabHost server;
    private final NetworkLab lab;

    FilterLab(NetworkLab lab) {
        this.lab = lab;
        client = lab.host("client");
        filter = lab.host("filter");
        server = lab.host("server");
        lab.connect(client, filter);
        lab.connect(filter, server);
        filter.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        client.ip("route", "add", "default", "via", filter.interfaces().get(0).ipv4());
        server.ip("route", "add", "default", "via", filter.interfaces().get(1).ipv4());
        client.ip(
                "-6",
                "route",
                "add",
                "default",
                "via",
                filter.interfaces().get(0).ipv6());
        server.ip(
                "-6",
                "route",
                "add",
                "default",
                "via",
                filter.interfaces().get(1).ipv6());
    }

    NetworkLab lab() {
        return lab;
    }

    /** Adds a rule for both versions of IP on the filter; one word an argument. */
    void rule(String words) {
        ipv4Rule(words);
        run("ip6tables -w 5 " + words);
    }

    void ipv4Rule(String words) {
        run("iptables -w 5 " + words);
    }

    private void run(String words) {
        filter.run(words.split(" "));
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
