package dev.weir.bench.jmh;

import dev.weir.classify.dns.DnsMatcher;
import dev.weir.classify.dns.DnsPolicy;
import dev.weir.packet.Bytes;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;
import dev.weir.testkit.packet.DnsMessageBuilder;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to read a DNS message and look up its names in a list of a million. One message in ten is blocked; the messages lie in a
 * ring larger than the caches, and their names meet all of the list.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DnsBenchmark {
    private static final int NAMES = 1_000_000;
    private static final int MESSAGES = 100_000;
    private static final int STRIDE = 256;

    private final Bytes bytes = new Bytes();
    private final DnsView view = new DnsView();
    private final DnsMatcher matcher = new DnsMatcher();
    private final int[] lengths = new int[MESSAGES];
    private ByteBuffer queries;
    private ByteBuffer answers;
    private int[] answerLengths;
    private DnsPolicy policy;

    @Setup
    public void load() throws IOException {
        Path list = Files.createTempFile("weir-names", ".txt");
        try {
            try (BufferedWriter writer = Files.newBufferedWriter(list)) {
                for (int i = 0; i < NAMES; i++) {
                    writer.write((i % 2 == 0 ? "." : "") + listed(i) + "\n");
                }
            }
            policy = DnsPolicy.builder().blockList(list).build();
        } finally {
            Files.delete(list);
        }
        Random random = new Random(1);
        queries = ByteBuffer.allocateDirect(MESSAGES * STRIDE);
        answers = ByteBuffer.allocateDirect(MESSAGES * STRIDE);
        answerLengths = new int[MESSAGES];
        for (int i = 0; i < MESSAGES; i++) {
            String name = random.nextInt(10) == 0
                    ? listed(random.nextInt(NAMES))
                    : "www.site" + random.nextInt(NAMES) + ".example.com";
            byte[] query = DnsMessageBuilder.query(i).question(name, DnsType.A).build();
            queries.put(i * STRIDE, query);
            lengths[i] = query.length;
            String cdn = "edge" + random.nextInt(NAMES) + ".cdn.example.net";
            byte[] answer = DnsMessageBuilder.response(i, 0)
                    .question(name, DnsType.A)
                    .cname(name, cdn)
                    .address(cdn, "198.51.100.1")
                    .address(cdn, "198.51.100.2")
                    .build();
            answers.put(i * STRIDE, answer);
            answerLengths[i] = answer.length;
        }
    }

    private static String listed(int number) {
        return "host" + number + ".ads" + number % 1_000 + ".example.org";
    }

    /** Queries: one name each. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int query() {
        return match(queries, lengths);
    }

    /** Answers: two names, two addresses. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int answer() {
        return match(answers, answerLengths);
    }

    private int match(ByteBuffer ring, int[] length) {
        int blocked = 0;
        for (int i = 0; i < MESSAGES; i++) {
            bytes.wrap(ring, i * STRIDE, length[i]);
            if (view.wrap(bytes, 0, length[i]) && matcher.match(policy, view) != null) {
                blocked++;
            }
        }
        return blocked;
    }
}
