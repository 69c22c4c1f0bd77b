package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Pipeline;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Rule sets in a real pipeline. */
class RuleSetTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    /** The verdict that one packet gets. */
    private static Verdict judge(MemoryCapture memory, PacketBuilder packet) {
        return memory.inject(packet).await(SOON);
    }

    private static PacketBuilder tcp(String source, String destination, int sourcePort, int destinationPort) {
        return PacketBuilder.ethernet()
                .ipv4(source, destination)
                .tcp(sourcePort, destinationPort)
                .syn();
    }

    private static void through(Classifier classifier, BiConsumer<MemoryCapture, Pipeline> test) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).classify(classifier).open()) {
            pipeline.start();
            test.accept(memory, pipeline);
        }
    }

    @Test
    void theFirstRuleInOrderDecidesAndIsTheReason() {
        RuleSet rules = RuleSet.builder()
                .name("edge")
                .add(Rule.named("admin")
                        .when(ConditionType.IP_SRC_IN, "10.0.0.5")
                        .accept())
                .add(Rule.named("no ssh from the lab")
                        .when(ConditionType.IP_SRC_IN, "10.0.0.0/24", "fd00::/8")
                        .when(ConditionType.TCP_DST_PORT, "22", "2222")
                        .reject())
                .add(Rule.named("mark web")
                        .when(ConditionType.TCP_DST_PORT, "80", "8000-8999")
                        .mark(7, 0xff))
                .add(Rule.named("never reached")
                        .when(ConditionType.TCP_DST_PORT, "8080")
                        .drop())
                .add(Rule.named("icmp")
                        .when(ConditionType.PROTOCOL, "icmp", "icmpv6")
                        .drop())
                .build();
        through(rules, (memory, pipeline) -> {
            assertEquals(
                    new Reason("edge", "admin"),
                    judge(memory, tcp("10.0.0.5", "10.9.9.9", 1, 22)).reason());
            Verdict ssh = judge(memory, tcp("10.0.0.6", "10.9.9.9", 1, 2222));
            assertEquals(Verdict.REJECT.because("edge", "no ssh from the lab"), ssh);
            assertEquals(
                    ssh,
                    judge(
                            memory,
                            PacketBuilder.ethernet()
                                    .ipv6("fd00::1", "fd00::2")
                                    .tcp(5, 22)
                                    .syn()));
            assertEquals(
                    new Verdict.Mark(7, 0xff, Verdict.Scope.PACKET, new Reason("edge", "mark web")),
                    judge(memory, tcp("10.0.0.6", "10.9.9.9", 1, 8080)));
            assertSame(Verdict.ACCEPT, judge(memory, tcp("10.0.1.6", "10.9.9.9", 1, 22)), "no rule: the default");
            assertSame(
                    Verdict.ACCEPT,
                    judge(
                            memory,
                            PacketBuilder.ethernet()
                                    .ipv4("10.0.0.6", "10.9.9.9")
                                    .udp(1, 22)));
            assertEquals(
                    Map.of("admin", 1L, "no ssh from the lab", 2L, "mark web", 1L, "never reached", 0L, "icmp", 0L),
                    rules.hits());
            assertEquals(2, pipeline.ledger().reasons().get(new Reason("edge", "no ssh from the lab")));
        });
    }

    @Test
    void withoutARuleTheSetSaysWhatItWasToldTo() {
        RuleSet rules = RuleSet.builder()
                .add(Rule.named("web").when(ConditionType.TCP_DST_PORT, "80").accept())
                .otherwise(Verdict.DROP)
                .build();
        through(rules, (memory, pipeline) -> {
            assertEquals(
                    Verdict.Kind.ACCEPT,
                    judge(memory, tcp("10.0.0.1", "10.0.0.2", 1, 80)).kind());
            assertEquals(Verdict.DROP.because("rules", "otherwise"), judge(memory, tcp("10.0.0.1", "10.0.0.2", 1, 81)));
            assertEquals(
                    Verdict.Kind.DROP,
                    judge(memory, PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"))
                            .kind(),
                    "what is not IP as well");
        });
    }

    /** Later fragments have no ports of their own. */
    @Test
    void fragmentsFollowTheirDatagram() {
        RuleSet rules = RuleSet.builder()
                .add(Rule.named("dns").when(ConditionType.UDP_DST_PORT, "53").drop())
                .build();
        through(rules, (memory, pipeline) -> {
            for (byte[] fragment : PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0.0.2")
                    .udp(5000, 53)
                    .payload(new byte[100])
                    .fragments(68)) {
                assertEquals(
                        Verdict.DROP.because("rules", "dns"),
                        memory.inject(fragment).await(SOON));
            }
        });
    }

    private static RuleSet dropping(int port) {
        return RuleSet.builder()
                .name("drops " + port)
                .add(Rule.named("port")
                        .when(ConditionType.UDP_DST_PORT, Integer.toString(port))
                        .forFlow()
                        .drop())
                .build();
    }

    private static PacketBuilder udp(int flow, int destinationPort) {
        return PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(flow, destinationPort);
    }

    @Test
    void newRulesHoldFromTheNextPacketAndKeepWhatWasDecided() {
        SwappableRules rules = new SwappableRules(dropping(80), DecidedFlows.KEEP);
        through(rules, (memory, pipeline) -> {
            assertEquals(Verdict.Kind.DROP, judge(memory, udp(1, 80)).kind());
            assertEquals(Verdict.Kind.ACCEPT, judge(memory, udp(1, 81)).kind());
            RuleSet old = rules.replace(dropping(81));
            assertEquals(Map.of("port", 1L), old.hits());
            assertEquals(Verdict.Kind.DROP, judge(memory, udp(1, 80)).kind(), "decided by the old rules");
            assertEquals(Verdict.Kind.ACCEPT, judge(memory, udp(2, 80)).kind(), "a new flow");
            assertEquals(
                    new Reason("drops 81", "port"), judge(memory, udp(1, 81)).reason());
        });
    }

    @Test
    void decidedFlowsCanBeReconsidered() {
        SwappableRules rules = new SwappableRules(dropping(80), DecidedFlows.RECONSIDER);
        through(rules, (memory, pipeline) -> {
            assertEquals(Verdict.Kind.DROP, judge(memory, udp(1, 80)).kind());
            assertEquals(
                    Verdict.Kind.DROP,
                    judge(
                                    memory,
                                    PacketBuilder.ethernet()
                                            .ipv4("10.0.0.2", "10.0.0.1")
                                            .udp(80, 1))
                            .kind(),
                    "the other direction of a decided flow");
            rules.replace(dropping(81));
            assertEquals(Verdict.Kind.ACCEPT, judge(memory, udp(1, 80)).kind(), "judged anew");
            assertEquals(Verdict.Kind.DROP, judge(memory, udp(1, 81)).kind());
        });
    }

    /** While rules are replaced all the time, each packet is judged by one set as a whole, and none is lost. */
    @Test
    void replacingLosesNoPacket() {
        RuleSet[] sets = {dropping(80), dropping(81)};
        SwappableRules rules = new SwappableRules(sets[0], DecidedFlows.RECONSIDER);
        byte[] even = udp(1, 80).build();
        byte[] odd = udp(1, 81).build();
        try (MemoryCapture memory =
                        MemoryCapture.builder().replay(List.of(even, odd)).create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).workers(2).classify(rules).open()) {
            pipeline.start();
            long rounds = 0;
            for (int i = 0; i < 2_000; i++) {
                memory.play(10);
                rounds += 10;
                rules.replace(sets[i & 1]);
            }
            memory.end();
            pipeline.run();
            assertTrue(pipeline.ledger().isBalanced());
            assertEquals(rounds * 2, pipeline.ledger().received());
            long dropped = pipeline.ledger().dropped();
            assertTrue(dropped > 0 && dropped < rounds * 2, dropped + " dropped");
            assertEquals(
                    pipeline.ledger().reasons().values().stream()
                            .mapToLong(Long::longValue)
                            .sum(),
                    dropped);
        }
    }
}
