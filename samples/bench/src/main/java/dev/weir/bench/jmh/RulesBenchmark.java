package dev.weir.bench.jmh;

import dev.weir.Verdict;
import dev.weir.classify.rules.ConditionType;
import dev.weir.classify.rules.Rule;
import dev.weir.classify.rules.RuleSet;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to decode a packet's headers and judge it by rules about addresses and ports, by the number of rules. A third of the
 * rules names sources, a third destinations with a port, a third ports; one packet in eight meets one of them, the others go
 * past all.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RulesBenchmark {
    private static final int PACKETS = 2_000;
    private static final int STRIDE = 160;

    /** The last is for what grows behind the target. */
    @Param({"6", "600", "6000"})
    public int rules;

    private final HeadersPacket packet = new HeadersPacket();
    private final int[] lengths = new int[PACKETS];
    private ByteBuffer packets;
    private RuleSet set;

    @Setup
    public void load() {
        RuleSet.Builder builder = RuleSet.builder();
        for (int i = 0; i < rules; i++) {
            Rule.Builder rule = Rule.named("rule " + i);
            switch (i % 3) {
                case 0 -> rule.when(ConditionType.IP_SRC_IN, network(10, i));
                case 1 ->
                    rule.when(ConditionType.IP_DST_IN, network(172, i)).when(ConditionType.TCP_DST_PORT, "1-1023");
                default -> rule.when(ConditionType.TCP_DST_PORT, Integer.toString(20_000 + i));
            }
            builder.add(rule.drop());
        }
        set = builder.build();
        Random random = new Random(3);
        packets = ByteBuffer.allocateDirect(PACKETS * STRIDE);
        for (int i = 0; i < PACKETS; i++) {
            boolean meets = random.nextInt(8) == 0;
            byte[] frame = PacketBuilder.ethernet()
                    .ipv4(
                            meets ? address(10, random.nextInt(rules)) : address(192, random.nextInt(60_000)),
                            "172.200.1.1")
                    .tcp(1024 + random.nextInt(60_000), 2_000 + random.nextInt(10_000))
                    .payload(new byte[10])
                    .build();
            lengths[i] = frame.length;
            packets.put(i * STRIDE, frame);
        }
    }

    /** Networks of 24 and 16 bits and single addresses. */
    private static String network(int first, int number) {
        return switch (number / 3 % 3) {
            case 0 -> first + "." + (number >>> 8) + "." + (number & 0xff) + ".0/24";
            case 1 -> first + "." + (100 + number % 100) + ".0.0/16";
            default -> address(first, number);
        };
    }

    private static String address(int first, int number) {
        return first + "." + (number >>> 8) + "." + (number & 0xff) + ".9";
    }

    /** Wraps, decodes and judges; counting the verdicts keeps the work from being optimized away. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int judge() {
        int dropped = 0;
        for (int i = 0; i < PACKETS; i++) {
            packet.wrap(packets, i * STRIDE, lengths[i]);
            dropped += set.classify(packet, null) == Verdict.CONTINUE ? 0 : 1;
        }
        return dropped;
    }
}
