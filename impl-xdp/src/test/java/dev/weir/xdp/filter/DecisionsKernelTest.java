package dev.weir.xdp.filter;

import static dev.weir.KernelOutcome.BLOCKED_FLOW;
import static dev.weir.KernelOutcome.BLOCKED_IPV4;
import static dev.weir.KernelOutcome.BLOCKED_IPV6;
import static dev.weir.KernelOutcome.BLOCKED_PORT;
import static dev.weir.KernelOutcome.FLOW_ACCEPTED;
import static dev.weir.KernelOutcome.FLOW_DROPPED;
import static dev.weir.KernelOutcome.NO_SOCKET;
import static dev.weir.KernelOutcome.PASSED;
import static dev.weir.KernelOutcome.STEERED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.Blocklist.Side;
import dev.weir.FlowKey;
import dev.weir.KernelOutcome;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the program in the kernel makes of single packets. */
@KernelTest
class DecisionsKernelTest {
    private static final long LIFETIME_NS = 60_000_000_000L;

    private final TestRuns runs = TestRuns.xdp();

    @AfterEach
    void close() {
        runs.close();
    }

    private static PacketBuilder tcp(String source, int sourcePort, String destination, int destinationPort) {
        return PacketBuilder.ethernet().ip(source, destination).tcp(sourcePort, destinationPort);
    }

    private static byte[] udp(String source, String destination, int destinationPort) {
        return PacketBuilder.ethernet()
                .ip(source, destination)
                .udp(40_000, destinationPort)
                .build();
    }

    private KernelOutcome outcome(byte[] packet) {
        return runs.outcome(packet);
    }

    @Test
    void withoutSettingsEverythingIsSteeredAndPassesWithoutASocket() {
        assertEquals(NO_SOCKET, outcome(udp("10.0.0.1", "10.0.0.2", 53)));
    }

    @Test
    void aBlockedPrefixIsDroppedOnTheSideItSays() {
        runs.maps.steer(Steering.NOTHING);
        runs.maps.block(Blocklist.builder()
                .prefix("10.1.0.0/16", Side.SOURCE)
                .prefix("10.2.0.0/16", Side.DESTINATION)
                .prefix("2001:db8:1::/48")
                .prefix("192.0.2.7", Side.SOURCE)
                .prefix("2001:db8:2::7")
                .build());
        assertEquals(BLOCKED_IPV4, outcome(udp("10.1.2.3", "10.9.0.1", 53)));
        assertEquals(PASSED, outcome(udp("10.9.0.1", "10.1.2.3", 53)));
        assertEquals(PASSED, outcome(udp("10.2.0.1", "10.9.0.1", 53)));
        assertEquals(BLOCKED_IPV4, outcome(udp("10.9.0.1", "10.2.0.1", 53)));
        assertEquals(BLOCKED_IPV4, outcome(udp("192.0.2.7", "10.9.0.1", 53)));
        assertEquals(PASSED, outcome(udp("192.0.2.8", "10.9.0.1", 53)));
        assertEquals(BLOCKED_IPV6, outcome(udp("2001:db8:1::5", "2001:db8:9::1", 53)));
        assertEquals(BLOCKED_IPV6, outcome(udp("2001:db8:9::1", "2001:db8:1::5", 53)));
        assertEquals(BLOCKED_IPV6, outcome(udp("2001:db8:2::7", "2001:db8:9::1", 53)));
        assertEquals(PASSED, outcome(udp("2001:db8:2::8", "2001:db8:9::1", 53)));
    }

    @Test
    void aLongerPrefixDoesNotHideTheOtherSideOfAShorterOne() {
        runs.maps.steer(Steering.NOTHING);
        runs.maps.block(Blocklist.builder()
                .prefix("10.0.0.0/8", Side.SOURCE)
                .prefix("10.1.0.0/16", Side.DESTINATION)
                .prefix("0.0.0.0/0", Side.DESTINATION)
                .build());
        assertEquals(BLOCKED_IPV4, outcome(udp("10.1.0.1", "192.0.2.1", 53)));
        runs.maps.block(Blocklist.builder()
                .prefix("10.0.0.0/8", Side.SOURCE)
                .prefix("10.1.0.0/16", Side.DESTINATION)
                .build());
        assertEquals(BLOCKED_IPV4, outcome(udp("10.1.0.1", "192.0.2.1", 53)));
        assertEquals(BLOCKED_IPV4, outcome(udp("192.0.2.1", "10.1.0.1", 53)));
        assertEquals(PASSED, outcome(udp("192.0.2.1", "10.2.0.1", 53)));
    }

    @Test
    void blockedPortsBelongToTheirProtocolAndSide() {
        runs.maps.steer(Steering.NOTHING);
        runs.maps.block(Blocklist.builder()
                .port(Protocols.UDP, 53)
                .port(Protocols.TCP, 4444, Side.EITHER)
                .build());
        assertEquals(BLOCKED_PORT, outcome(udp("10.0.0.1", "10.0.0.2", 53)));
        assertEquals(PASSED, outcome(tcp("10.0.0.1", 1, "10.0.0.2", 53).build()));
        assertEquals(BLOCKED_PORT, outcome(tcp("10.0.0.1", 4444, "10.0.0.2", 9).build()));
        assertEquals(
                BLOCKED_PORT, outcome(tcp("2001:db8::1", 9, "2001:db8::2", 4444).build()));
    }

    @Test
    void aBlockedFlowIsDroppedInBothDirectionsOnItsVlanAlone() {
        runs.maps.steer(Steering.NOTHING);
        FlowKey plain = FlowKey.of(Protocols.TCP, "10.0.0.1", 5000, "10.0.0.2", 80);
        runs.maps.block(Blocklist.builder().flow(plain).build());
        assertEquals(BLOCKED_FLOW, outcome(tcp("10.0.0.1", 5000, "10.0.0.2", 80).build()));
        assertEquals(BLOCKED_FLOW, outcome(tcp("10.0.0.2", 80, "10.0.0.1", 5000).build()));
        assertEquals(PASSED, outcome(tcp("10.0.0.1", 5001, "10.0.0.2", 80).build()));
        assertEquals(
                PASSED,
                outcome(PacketBuilder.ethernet()
                        .vlan(7)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(5000, 80)
                        .build()));
    }

    @Test
    void aListReplacesTheOneBefore() {
        runs.maps.steer(Steering.NOTHING);
        byte[] first = udp("10.1.0.1", "192.0.2.1", 53);
        byte[] second = udp("10.2.0.1", "192.0.2.1", 53);
        for (int i = 0; i < 5; i++) {
            runs.maps.block(Blocklist.builder().prefix("10.1.0.0/16").build());
            assertEquals(BLOCKED_IPV4, outcome(first));
            assertEquals(PASSED, outcome(second));
            runs.maps.block(Blocklist.builder().prefix("10.2.0.1").build());
            assertEquals(PASSED, outcome(first));
            assertEquals(BLOCKED_IPV4, outcome(second));
        }
        runs.maps.block(Blocklist.EMPTY);
        assertEquals(PASSED, outcome(second));
    }

    @Test
    void aFlowVerdictBindsBothDirectionsUntilItsLifetimeIsOver() {
        runs.maps.steer(Steering.NOTHING);
        FlowVerdicts verdicts = runs.maps.flowVerdicts(LIFETIME_NS);
        assertTrue(verdicts.install(FlowKey.of(Protocols.TCP, "10.0.0.1", 5000, "10.0.0.2", 80), Verdict.Kind.DROP));
        assertTrue(verdicts.install(
                FlowKey.of(Protocols.UDP, "2001:db8::1", 40_000, "2001:db8::2", 53), Verdict.Kind.ACCEPT));
        assertEquals(0, verdicts.flush());
        assertEquals(
                FLOW_DROPPED,
                outcome(tcp("10.0.0.1", 5000, "10.0.0.2", 80).ack().build()));
        assertEquals(
                FLOW_DROPPED,
                outcome(tcp("10.0.0.2", 80, "10.0.0.1", 5000).ack().build()));
        assertEquals(FLOW_ACCEPTED, outcome(udp("2001:db8::1", "2001:db8::2", 53)));
        assertEquals(2, verdicts.installed());

        runs.maps.flowVerdicts(1); // shorter than the time since
        assertEquals(PASSED, outcome(udp("2001:db8::1", "2001:db8::2", 53)));
        verdicts.removeEnded(System.nanoTime() + 2 * LIFETIME_NS);
        assertEquals(0, verdicts.installed());
        runs.maps.flowVerdicts(LIFETIME_NS);
        assertEquals(PASSED, outcome(udp("2001:db8::1", "2001:db8::2", 53)));
    }

    @Test
    void aNewConnectionOnThePortsOfAClosedOneIsNotBound() {
        runs.maps.steer(Steering.NOTHING);
        FlowVerdicts verdicts = runs.maps.flowVerdicts(LIFETIME_NS);
        verdicts.install(FlowKey.of(Protocols.TCP, "10.0.0.1", 5000, "10.0.0.2", 80), Verdict.Kind.DROP);
        verdicts.flush();
        byte[] syn = tcp("10.0.0.1", 5000, "10.0.0.2", 80).syn().build();
        assertEquals(FLOW_DROPPED, outcome(syn), "the connection is still open: this one is sent again");
        assertEquals(
                FLOW_DROPPED,
                outcome(tcp("10.0.0.1", 5000, "10.0.0.2", 80).flags(0x11).build()));
        assertEquals(FLOW_DROPPED, outcome(syn));
        assertEquals(
                FLOW_DROPPED,
                outcome(tcp("10.0.0.2", 80, "10.0.0.1", 5000).flags(0x11).build()));
        assertEquals(PASSED, outcome(syn));
        assertEquals(PASSED, outcome(tcp("10.0.0.1", 5000, "10.0.0.2", 80).ack().build()));
        verdicts.removeEnded(System.nanoTime());
        assertEquals(0, verdicts.installed());
    }

    @Test
    void aBlocklistIsStrongerThanAnAcceptedFlow() {
        runs.maps.steer(Steering.NOTHING);
        FlowVerdicts verdicts = runs.maps.flowVerdicts(LIFETIME_NS);
        verdicts.install(FlowKey.of(Protocols.UDP, "10.0.0.1", 40_000, "10.0.0.2", 53), Verdict.Kind.ACCEPT);
        verdicts.flush();
        assertEquals(FLOW_ACCEPTED, outcome(udp("10.0.0.1", "10.0.0.2", 53)));
        runs.maps.block(Blocklist.builder().prefix("10.0.0.1").build());
        assertEquals(BLOCKED_IPV4, outcome(udp("10.0.0.1", "10.0.0.2", 53)));
    }

    @Test
    void laterFragmentsFollowTheFirstOne() {
        runs.maps.steer(Steering.NOTHING);
        runs.maps.block(Blocklist.builder().port(Protocols.UDP, 53).build());
        for (boolean v6 : new boolean[] {false, true}) {
            String from = v6 ? "2001:db8::1" : "10.0.0.1";
            String to = v6 ? "2001:db8::2" : "10.0.0.2";
            var fragments = PacketBuilder.ethernet()
                    .ip(from, to)
                    .udp(9, 53)
                    .payload(new byte[2000])
                    .fragments(1024);
            assertTrue(fragments.size() >= 2);
            for (byte[] fragment : fragments) {
                assertEquals(BLOCKED_PORT, outcome(fragment));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "all, STEER",
        "'udp:53', STEER",
        "'port:53', STEER",
        "'tcp:53', PASS",
        "'udp:54', PASS",
        "'net:10.0.0.0/24', STEER",
        "'net:10.0.1.0/24', PASS",
        "'net:10.0.0.0/8,!net:10.0.0.0/24', PASS",
        "'net:10.0.0.0/24,!net:10.0.0.0/8', STEER",
        "'proto:udp', STEER",
        "'proto:17,!udp:53', PASS",
        "'!udp:53', PASS",
        "'!udp:54', STEER",
        "'vlan:7', PASS",
    })
    void steeringDecidesByTheList(String list, String expected) {
        runs.maps.steer(Steering.parse(list));
        byte[] packet = udp("10.0.0.1", "10.0.0.2", 53);
        boolean steered = expected.equals("STEER");
        // Without a socket the steered packet passes, and is counted as such; at tc there are no sockets.
        assertEquals(steered ? NO_SOCKET : PASSED, outcome(packet), list);
        try (TestRuns tc = TestRuns.tc()) {
            tc.maps.steer(Steering.parse(list));
            assertEquals(steered ? STEERED : PASSED, tc.outcome(packet), list);
        }
    }

    @Test
    void steeringByVlanLooksAtTheOuterTag() {
        runs.maps.steer(Steering.parse("vlan:7"));
        PacketBuilder tagged = PacketBuilder.ethernet()
                .qinq(7, 9)
                .ipv6("2001:db8::1", "2001:db8::2")
                .udp(1, 2);
        assertEquals(NO_SOCKET, outcome(tagged.build()));
        assertEquals(
                PASSED,
                outcome(PacketBuilder.ethernet()
                        .qinq(9, 7)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .udp(1, 2)
                        .build()));
    }

    @Test
    void whatIsNotIpIsSteeredByTheDefault() {
        byte[] arp = PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2").build();
        assertEquals(NO_SOCKET, outcome(arp));
        runs.maps.steer(Steering.parse("udp:53"));
        assertEquals(PASSED, outcome(arp));
    }
}
