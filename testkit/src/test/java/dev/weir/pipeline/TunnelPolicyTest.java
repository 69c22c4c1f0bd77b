package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pipeline's choice between a tunnel and what it carries. */
@Timeout(30)
class TunnelPolicyTest {
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "10.0.0.2";
    private static final FlowKey OUTER = FlowKey.of(Protocols.UDP, "192.0.2.1", 50000, "192.0.2.2", 4789);

    private record Seen(Flow flow, FlowKey headers, Direction direction, int destinationPort) {}

    private final List<Seen> seen = new CopyOnWriteArrayList<>();

    private Pipeline pipeline(MemoryCapture memory, TunnelPolicy policy, int workers) {
        Pipeline pipeline = Pipeline.from(memory.name())
                .workers(workers)
                .tunnels(policy)
                .classify((packet, flow) -> {
                    seen.add(new Seen(
                            flow,
                            packet.headers().key(),
                            packet.direction(),
                            packet.headers().destinationPort()));
                    return packet.headers().destinationPort() == 23 ? Verdict.DROP : Verdict.ACCEPT;
                })
                .open();
        pipeline.start();
        return pipeline;
    }

    private static void send(MemoryCapture memory, byte[]... frames) {
        for (byte[] frame : frames) {
            memory.inject(frame).await(PATIENCE);
        }
    }

    private static PacketBuilder outside(boolean forward) {
        return forward
                ? PacketBuilder.ethernet().ipv4("192.0.2.1", "192.0.2.2")
                : PacketBuilder.ethernet().ipv4("192.0.2.2", "192.0.2.1");
    }

    private static PacketBuilder vxlan(int network) {
        return outside(true).udp(50000, 4789).vxlan(network);
    }

    private static byte[] inside(PacketBuilder tunnel, boolean forward) {
        return (forward
                        ? tunnel.ipv4(CLIENT, SERVER).tcp(4711, 80)
                        : tunnel.ipv4(SERVER, CLIENT).tcp(80, 4711))
                .ack()
                .payload("hi")
                .build();
    }

    static Stream<Arguments> tunnels() {
        return Stream.of(
                Arguments.of("4in4", outside(true), outside(false), -1),
                Arguments.of("4in6", v6(true), v6(false), -1),
                Arguments.of("GRE", outside(true).gre(), outside(false).gre(), -1),
                Arguments.of(
                        "GRE with other keys each way",
                        outside(true).gre().greKey(1).greSequence(5).greChecksum(),
                        outside(false).gre().greKey(2).greSequence(9).greChecksum(),
                        -1),
                Arguments.of("NVGRE", outside(true).nvgre(77, 1), outside(false).nvgre(77, 2), 77),
                Arguments.of("VXLAN", vxlan(5), outside(false).udp(50001, 4789).vxlan(5), 5),
                Arguments.of(
                        "VXLAN with a tag inside",
                        vxlan(5).vlan(9),
                        outside(false).udp(50001, 4789).vxlan(5).vlan(9),
                        5),
                Arguments.of(
                        "GENEVE",
                        outside(true).udp(50000, 6081).geneve(6, new byte[] {1, 2, 0, 1, 0, 0, 0, 1}),
                        outside(false).udp(50001, 6081).geneve(6).innerEthernet(),
                        6),
                Arguments.of(
                        "GTP-U, whose tunnel endpoints differ",
                        outside(true).udp(2152, 2152).gtpu(100).gtpuExtension(0x85, (byte) 0, (byte) 1),
                        outside(false).udp(2152, 2152).gtpu(200).gtpuSequence(3),
                        -1),
                Arguments.of(
                        "GRE with labels",
                        outside(true).gre().mpls(1, 2),
                        outside(false).gre().mpls(3),
                        -1),
                Arguments.of(
                        "a tunnel in a tunnel",
                        vxlan(5).ipv4("172.16.0.1", "172.16.0.2").gre(),
                        outside(false).udp(50001, 4789).vxlan(5).ipv6("2001:db8::1", "2001:db8::2"),
                        5));
    }

    private static PacketBuilder v6(boolean forward) {
        return forward
                ? PacketBuilder.ethernet().ipv6("2001:db8::1", "2001:db8::2")
                : PacketBuilder.ethernet().ipv6("2001:db8::2", "2001:db8::1");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tunnels")
    void bothDirectionsOfWhatATunnelCarriesAreOneFlow(
            String what, PacketBuilder there, PacketBuilder back, int network) {
        for (int workers : new int[] {0, 2}) {
            seen.clear();
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
                send(memory, inside(there.copy(), true), inside(back.copy(), false));
                Flow flow = seen.get(0).flow();
                assertSame(flow, seen.get(1).flow());
                assertEquals(CLIENT, flow.key().source());
                assertEquals(4711, flow.key().sourcePort());
                assertEquals(network, flow.key().virtualNetwork());
                assertEquals(Direction.REVERSE, seen.get(1).direction());
                assertEquals(flow.key(), seen.get(0).headers(), "the headers are those of the flow");
                assertEquals(flow.key().reversed(), seen.get(1).headers());
                pipeline.stop();
                assertEndedInOrder(pipeline, 2);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void withoutAskingTheTunnelIsTheFlow(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.OUTERMOST, workers)) {
            send(memory, inside(vxlan(5), true), inside(vxlan(6), false));
            assertSame(seen.get(0).flow(), seen.get(1).flow());
            assertEquals(OUTER, seen.get(0).flow().key());
            assertEquals(OUTER, seen.get(1).headers());
            assertEquals(4789, seen.get(0).destinationPort());
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theSameAddressesInOtherNetworksOrUnderOtherTagsAreOtherFlows(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
            send(
                    memory,
                    inside(vxlan(5), true),
                    inside(vxlan(6), true),
                    inside(vxlan(0), true),
                    inside(vxlan(0xffffff), true),
                    inside(vxlan(5).vlan(7), true),
                    inside(
                            PacketBuilder.ethernet()
                                    .vlan(7)
                                    .ipv4("192.0.2.1", "192.0.2.2")
                                    .udp(50000, 4789)
                                    .vxlan(5)
                                    .vlan(8),
                            true),
                    inside(PacketBuilder.ethernet(), true),
                    inside(vxlan(5), false));
            assertEquals(7, seen.stream().map(Seen::flow).distinct().count());
            assertEquals(7, seen.stream().map(s -> s.flow().key()).distinct().count());
            assertSame(seen.get(0).flow(), seen.get(7).flow());
            assertEquals(0xffffff, seen.get(3).flow().key().virtualNetwork());
            assertEquals(0x1008_1007L, seen.get(5).flow().key().vlans(), "the tag outside, then the one inside");
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aClassifierDropsTheFrameForWhatIsInIt(int workers) {
        byte[] telnet = vxlan(5).ipv4(CLIENT, SERVER).tcp(4711, 23).syn().build();
        byte[] web = inside(vxlan(5), true);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
            assertEquals(Verdict.DROP, memory.inject(telnet).await(PATIENCE));
            assertEquals(Verdict.ACCEPT, memory.inject(web).await(PATIENCE));
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void fragmentsInsideATunnelFollowTheirDatagram(int workers) {
        List<byte[]> fragments = PacketBuilder.rawIp()
                .ipv4(CLIENT, SERVER)
                .identification(7)
                .udp(5000, 80)
                .payloadOf(3000)
                .fragments(1000);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
            for (int network : new int[] {5, 6}) { // of the same number, in two networks
                for (byte[] fragment : fragments) {
                    send(
                            memory,
                            vxlan(network).etherType(0x0800).payload(fragment).build());
                }
            }
            assertEquals(2 * fragments.size(), seen.size());
            for (int i = 0; i < seen.size(); i++) {
                FlowKey key = seen.get(i).flow().key();
                assertEquals(5000, key.sourcePort());
                assertEquals(i < fragments.size() ? 5 : 6, key.virtualNetwork());
            }
            assertEquals(2, seen.stream().map(Seen::flow).distinct().count());
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void fragmentsOfATunnelsOwnPacketsAreAllTheTunnels(int workers) {
        PacketBuilder tunnel = PacketBuilder.ethernet()
                .ipv4("192.0.2.1", "192.0.2.2")
                .identification(9)
                .udp(50000, 4789)
                .vxlan(5);
        List<byte[]> fragments =
                tunnel.copy().ipv4(CLIENT, SERVER).udp(5000, 80).payloadOf(3000).fragments(1000);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
            fragments.forEach(fragment -> send(memory, fragment));
            send(memory, inside(tunnel.copy(), true));
            assertTrue(fragments.size() > 2);
            for (int i = 0; i < fragments.size(); i++) {
                assertEquals(OUTER, seen.get(i).flow().key());
                assertSame(seen.get(0).flow(), seen.get(i).flow());
            }
            assertNotSame(seen.get(0).flow(), seen.get(fragments.size()).flow());
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aTunnelThatCarriesNoIpIsItsOwnFlow(int workers) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, TunnelPolicy.INNERMOST, workers)) {
            send(memory, vxlan(5).arpRequest(CLIENT, SERVER).build());
            send(
                    memory,
                    outside(true).udp(50000, 4789).payload("no tunnel at all").build());
            assertEquals(OUTER, seen.get(0).flow().key());
            assertSame(seen.get(0).flow(), seen.get(1).flow());
            pipeline.stop();
            assertEndedInOrder(pipeline, seen.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aVerdictForAFlowInATunnelIsNotToldToTheCaptureAsOneForTheTunnel(int workers) {
        for (Verdict verdict : new Verdict[] {Verdict.DROP_FLOW, Verdict.REJECT}) {
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = Pipeline.from(memory.name())
                            .workers(workers)
                            .tunnels(TunnelPolicy.INNERMOST)
                            .classify((packet, flow) -> flow.key().virtualNetwork() == 5
                                            && packet.headers().destinationPort() == 80
                                    ? verdict
                                    : Verdict.ACCEPT_FLOW)
                            .open()) {
                assertFalse(pipeline.carriesOut().contains(Verdict.Kind.REJECT));
                pipeline.start();
                assertEquals(Verdict.DROP, memory.inject(inside(vxlan(5), true)).await(PATIENCE));
                assertEquals(Verdict.DROP, memory.inject(inside(vxlan(5), true)).await(PATIENCE));
                assertEquals(
                        Verdict.ACCEPT, memory.inject(inside(vxlan(6), true)).await(PATIENCE));
                pipeline.stop();
                assertEndedInOrder(pipeline, 3);
            }
        }
    }
}
