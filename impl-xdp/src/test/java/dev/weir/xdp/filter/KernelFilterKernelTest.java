package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.Protocols;
import dev.weir.WeirException;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramSocket;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter on interfaces of a lab. */
@NetworkLabTest
class KernelFilterKernelTest {
    private static final int OPEN_PORT = 4001;
    private static final int BLOCKED_PORT = 4002;

    private LabHost here;
    private LabHost there;

    @BeforeEach
    void connect(NetworkLab lab) {
        here = lab.host("here");
        there = lab.host("there");
        lab.connect(here, there);
    }

    private static long packets(KernelFilter filter, KernelOutcome outcome) {
        return filter.counts().get(outcome).packets();
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'eth0: xdp, native'",
        "'?mode=generic', 'eth0: xdp, generic'",
        "'?hook=tc', 'eth0: tc ingress (as asked), tcx link'",
        "'?tc=clsact&hook=tc', 'eth0: tc ingress (as asked), clsact'",
    })
    void dropsWhatIsListedAndNothingElse(String options, String explained) {
        try (DatagramSocket open4 = Datagrams.open(here, here.ipv4(), OPEN_PORT);
                DatagramSocket blocked4 = Datagrams.open(here, here.ipv4(), BLOCKED_PORT);
                DatagramSocket open6 = Datagrams.open(here, here.ipv6(), OPEN_PORT);
                DatagramSocket from4 = Datagrams.open(there, there.ipv4(), 0);
                DatagramSocket from6 = Datagrams.open(there, there.ipv6(), 0)) {
            try (KernelFilter filter = here.call(() -> KernelFilter.open("bpf:eth0" + options))) {
                assertEquals(explained, filter.explain());
                Datagrams.send(from4, here.ipv4(), BLOCKED_PORT, 1);
                assertEquals(1, Datagrams.receive(blocked4));
                // The neighbour is found before it is blocked, or the datagram would wait for it on the other side.
                Datagrams.send(from6, here.ipv6(), OPEN_PORT, 0);
                assertEquals(0, Datagrams.receive(open6));

                filter.block(Blocklist.builder()
                        .port(Protocols.UDP, BLOCKED_PORT)
                        .prefix(there.ipv6())
                        .build());
                Datagrams.send(from4, here.ipv4(), BLOCKED_PORT, 2);
                Datagrams.send(from4, here.ipv4(), OPEN_PORT, 3);
                assertEquals(3, Datagrams.receive(open4));
                assertEquals(1, packets(filter, KernelOutcome.BLOCKED_PORT));
                Datagrams.send(from6, here.ipv6(), OPEN_PORT, 4);
                Datagrams.send(from4, here.ipv4(), OPEN_PORT, 5);
                assertEquals(5, Datagrams.receive(open4));
                assertTrue(packets(filter, KernelOutcome.BLOCKED_IPV6) >= 1);

                filter.block(Blocklist.EMPTY);
                Datagrams.send(from6, here.ipv6(), OPEN_PORT, 6);
                assertEquals(6, Datagrams.receive(open6));
                Datagrams.send(from4, here.ipv4(), BLOCKED_PORT, 7);
                assertEquals(7, Datagrams.receive(blocked4), "2 was dropped");
            }
            String link = here.ip("-d", "link", "show", "eth0");
            assertFalse(link.contains("prog/xdp"), link);
            assertEquals(
                    "", here.run("tc", "qdisc", "show", "dev", "eth0", "clsact").strip());
        }
    }

    @Test
    void egressIsFilteredByTcAlone() {
        try (DatagramSocket at = Datagrams.open(there, there.ipv4(), OPEN_PORT);
                DatagramSocket from = Datagrams.open(here, here.ipv4(), 0);
                KernelFilter filter = here.call(() -> KernelFilter.open("bpf:eth0?direction=both"))) {
            assertEquals(
                    "eth0: tc ingress (egress needs it), tcx link\neth0: tc egress (egress needs it), tcx link",
                    filter.explain());
            filter.block(Blocklist.builder().port(Protocols.UDP, BLOCKED_PORT).build());
            Datagrams.send(from, there.ipv4(), BLOCKED_PORT, 1);
            Datagrams.send(from, there.ipv4(), OPEN_PORT, 2);
            assertEquals(2, Datagrams.receive(at));
            assertEquals(1, packets(filter, KernelOutcome.BLOCKED_PORT));
        }
        WeirException refusal = assertThrows(
                WeirException.class, () -> here.call(() -> KernelFilter.open("bpf:eth0?hook=xdp&direction=both")));
        assertTrue(refusal.getMessage().contains("hook=tc"), refusal.getMessage());
    }

    @Test
    void aSecondOneAtTheSamePlaceIsToldSo() {
        for (String options : new String[] {"", "?hook=tc&tc=clsact"}) {
            try (KernelFilter first = here.call(() -> KernelFilter.open("bpf:eth0" + options))) {
                WeirException refusal = assertThrows(
                        WeirException.class, () -> here.call(() -> KernelFilter.open("bpf:eth0" + options)));
                assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
                assertTrue(first.counts().containsKey(KernelOutcome.PASSED));
            }
        }
    }

    @Test
    void anInterfaceThatIsNotThereIsToldWithThoseThatAre() {
        WeirException refusal = assertThrows(WeirException.class, () -> here.call(() -> KernelFilter.open("bpf:eth7")));
        assertTrue(refusal.getMessage().contains("eth0"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?hook=tc", "?hook=tc&tc=clsact"})
    void whatAKilledProcessLeftIsGoneWithTheNextStart(String options) {
        try (LabProcess process = here.start(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                FilterProcess.class.getName(),
                "bpf:eth0" + options)) {
            process.awaitOutput(FilterProcess.READY, Duration.ofSeconds(30));
            ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
            process.awaitExit(Duration.ofSeconds(10));
        }
        boolean clsact = options.contains("clsact");
        String left = here.run("tc", "filter", "show", "dev", "eth0", "ingress");
        assertEquals(clsact, left.contains("weir_tc"), left);
        try (KernelFilter filter = here.call(() -> KernelFilter.open("bpf:eth0?hook=tc"))) {
            assertEquals(clsact, filter.explain().contains("killed process"), filter.explain());
            String now = here.run("tc", "filter", "show", "dev", "eth0", "ingress");
            assertFalse(now.contains("weir_tc"), now);
        }
        assertEquals(
                "", here.run("tc", "qdisc", "show", "dev", "eth0", "clsact").strip());
    }

    @Test
    void aFilterOfSomebodyElseOnClsactStays() {
        here.run("tc", "qdisc", "add", "dev", "eth0", "clsact");
        here.run(
                "tc",
                "filter",
                "add",
                "dev",
                "eth0",
                "ingress",
                "protocol",
                "ip",
                "prio",
                "7",
                "u32",
                "match",
                "u32",
                "0",
                "0",
                "flowid",
                "1:1");
        here.call(() -> KernelFilter.open("bpf:eth0?hook=tc&tc=clsact")).close();
        String left = here.run("tc", "filter", "show", "dev", "eth0", "ingress");
        assertTrue(left.contains("u32"), left);
        assertFalse(left.contains("weir_tc"), left);
    }

    @Test
    void aMillionEntriesAreReplacedWhilePacketsFlow() {
        Blocklist.Builder builder = Blocklist.builder().port(Protocols.UDP, BLOCKED_PORT);
        for (int i = 0; i < 900_000; i++) {
            builder.ipv4(0x0b000000 + i * 7, 32, Blocklist.Side.SOURCE);
        }
        for (int i = 0; i < 100_000; i++) {
            builder.ipv4(0x80000000 + (i << 9), 24, Blocklist.Side.SOURCE);
        }
        Blocklist large = builder.build();
        assertEquals(1_000_001, large.size());
        try (DatagramSocket open = Datagrams.open(here, here.ipv4(), OPEN_PORT);
                DatagramSocket from = Datagrams.open(there, there.ipv4(), 0);
                KernelFilter filter = here.call(() -> KernelFilter.open("bpf:eth0"))) {
            for (int round = 1; round <= 2; round++) {
                filter.block(large);
                Datagrams.send(from, here.ipv4(), BLOCKED_PORT, 1);
                Datagrams.send(from, here.ipv4(), OPEN_PORT, 2);
                assertEquals(2, Datagrams.receive(open));
                assertEquals(round, packets(filter, KernelOutcome.BLOCKED_PORT));
            }
        }
    }
}
