package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowLimits;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.measure.Allocations;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.tls.Hellos;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.DnsMessageBuilder;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What rules about content allocate in a running pipeline, from the JVM's own books. The same connections are made twice,
 * once with more to say: what they cost more is what packets cost, the rest is what flows cost.
 */
@Timeout(60)
class RuleAllocationTest {
    private static final int CONNECTIONS = 20;
    private static final int ROUNDS = 30;
    private static final Duration DAY = Duration.ofDays(1);

    /** Half a byte a packet, over 200,000: room for what happens now and then. The smallest object has 16 bytes. */
    private static final long NOTHING_BYTES = 100_000;

    private record Cost(long bytes, long flows, long packets) {}

    private static RuleSet rules(StreamMode mode) {
        return RuleSet.builder()
                .streams(StreamOptions.DEFAULT.withMode(mode))
                .add(Rule.named("uri")
                        .when(ConditionType.HTTP_URI_REGEX, "/admin")
                        .drop())
                .add(Rule.named("method")
                        .when(ConditionType.HTTP_METHOD, "DELETE")
                        .drop())
                .add(Rule.named("field")
                        .when(ConditionType.HTTP_HEADER_CONTAINS, "User-Agent: evil")
                        .drop())
                .add(Rule.named("name")
                        .when(ConditionType.TLS_SNI, ".bad.example")
                        .drop())
                .add(Rule.named("query")
                        .when(ConditionType.DNS_QUERY, "*.bad.example")
                        .drop())
                .add(Rule.named("payload")
                        .when(ConditionType.PAYLOAD_REGEX, "(?i)jndi:(ldap|rmi)")
                        .drop())
                .add(Rule.named("host")
                        .when(ConditionType.HTTP_HOST, "www.example.org")
                        .mark(1, 1))
                .build();
    }

    /** Of each connection so many requests or records, which are answered; and so many queries. */
    private static List<byte[]> frames(int messages) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            TcpConversation http = TcpConversation.between("10.0.0.1", 2000 + i, "10.0.0.2", 80)
                    .handshake();
            TcpConversation tls = TcpConversation.between("10.0.0.1", 3000 + i, "10.0.0.2", 443)
                    .handshake()
                    .fromClient(Hellos.records(Hellos.browser("www.example.com").message(), 16_384))
                    .fromServer(Hellos.records(Hellos.client().serverMessage(new byte[32]), 16_384));
            for (int j = 0; j < messages; j++) {
                http.segments(j % 2 == 0 ? 1460 : 60)
                        .fromClient("POST /%61dm/" + j + "?q=a%20b HTTP/1.1\r\nHost: www.example.org\r\n"
                                + "User-Agent: browser\r\nContent-Length: 5\r\n\r\nhello")
                        .fromServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                tls.fromClient(Hellos.record(23, new byte[100])).fromServer(Hellos.record(23, new byte[200]));
                frames.add(PacketBuilder.ethernet()
                        .ip("10.0.0.1", "10.0.0.53")
                        .udp(4000 + i, 53)
                        .payload(DnsMessageBuilder.query(j)
                                .question((j % 2 == 0 ? "www.bad" : "www.good") + ".example", DnsType.A)
                                .build())
                        .build());
            }
            frames.addAll(http.reset().frames());
            frames.addAll(tls.reset().frames());
        }
        return frames;
    }

    private static void play(MemoryCapture memory, Pipeline pipeline, int frames) {
        for (int round = 0; round < ROUNDS; round++) {
            long expected = pipeline.ledger().decisions().total() + frames;
            memory.play(1);
            while (pipeline.ledger().decisions().total() < expected) {
                Thread.onSpinWait();
            }
        }
    }

    private static long flows(Pipeline pipeline) {
        return pipeline.ledger().workers().stream()
                .mapToLong(worker -> worker.flowsCreated())
                .sum();
    }

    /** @param rules null for none */
    private static Cost cost(RuleSet rules, int messages) {
        List<byte[]> frames = frames(messages);
        try (MemoryCapture memory = MemoryCapture.builder().replay(frames).create()) {
            PipelineBuilder builder = Pipeline.from(memory.name()).flows(FlowLimits.DEFAULT.withIdle(DAY, DAY));
            if (rules != null) {
                builder.classify(rules);
            }
            try (Pipeline pipeline = builder.open()) {
                pipeline.start();
                play(memory, pipeline, frames.size());
                long flowsBefore = flows(pipeline);
                long bytesBefore = Allocations.ofPipeline(memory);
                play(memory, pipeline, frames.size());
                long bytes = Allocations.ofPipeline(memory) - bytesBefore;
                Cost cost = new Cost(bytes, flows(pipeline) - flowsBefore, (long) ROUNDS * frames.size());
                pipeline.stop();
                assertTrue(pipeline.ledger().isBalanced());
                if (rules != null) {
                    long each = 2L * ROUNDS * CONNECTIONS * messages;
                    assertEquals(each / 2, rules.hits().get("query"), "every second query");
                    assertEquals(each / 2, memory.verdicts(Verdict.Kind.DROP), "and nothing else");
                    assertTrue(rules.hits().get("host") >= each, "every request");
                }
                return cost;
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void packetsCostNothing(StreamMode mode) {
        Cost few = cost(rules(mode), 10);
        Cost many = cost(rules(mode), 90);
        assertEquals(few.flows(), many.flows());
        long packets = many.packets() - few.packets();
        long bytes = many.bytes() - few.bytes();
        System.out.println("rules about content, " + mode + ": " + bytes + " bytes for " + packets + " packets");
        assertTrue(packets > 200_000, () -> packets + " packets");
        assertTrue(bytes < NOTHING_BYTES, () -> bytes + " bytes for " + packets + " packets");
    }

    /** What {@link RuleSet} states. */
    @Test
    void flowsCostWhatIsSaid() {
        Cost without = cost(null, 10);
        Cost with = cost(rules(StreamMode.PASS), 10);
        assertEquals(without.flows(), with.flows());
        long bytes = (with.bytes() - without.bytes()) / with.flows();
        System.out.println("rules about content: " + bytes + " bytes for a flow");
        assertTrue(bytes > 200 && bytes <= 1_000, () -> bytes + " bytes for a flow");
    }
}
