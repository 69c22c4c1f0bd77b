package dev.weir.bench.jmh;

import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.RegexMatch;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.RegexSet;
import dev.weir.classify.regex.StepBudget;
import dev.weir.packet.Bytes;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time to look for regular expressions in the payload of a packet, plain ones and the worst. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public class RegexBenchmark {
    private static final int SEGMENT = 1_460;
    private static final int LARGEST_PACKET = 65_535;

    private final StepBudget budget = new StepBudget();
    private final Random random = new Random(5);
    private final Regex plain = Regex.compile("\\$\\{jndi:(ldap|rmi)s?:");
    private final Regex nested = Regex.compile("(a*)*b");

    /** Needs a state for each of the last 20 bytes' combinations: more than are kept. */
    private final Regex manyStates = Regex.compile("a[ab]{20}c");

    private final RegexSet set = RegexSet.of(IntStream.range(0, 300)
            .mapToObj(i -> Regex.compile("(?i)attack" + i + "[^\"]{0,20}=\\d+"))
            .toList());
    private final RegexMatches matches = new RegexMatches(set);
    private Bytes text;
    private Bytes as;
    private final Bytes[] noise = new Bytes[64];
    private int next;

    @Setup
    public void fill() {
        text = random(SEGMENT, "abcdefghijklmnopqrstuvwxyz ${}=:/0123456789");
        as = random(LARGEST_PACKET, "a");
        for (int i = 0; i < noise.length; i++) {
            noise[i] = random(LARGEST_PACKET, "ab");
        }
    }

    private Bytes random(int length, String alphabet) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        return Bytes.of(bytes);
    }

    @Benchmark
    public RegexMatch oneInASegment() {
        budget.renew();
        return plain.find(text, budget);
    }

    @Benchmark
    public boolean threeHundredInASegment() {
        budget.renew();
        matches.clear();
        return set.find(text, 0, SEGMENT, matches, budget);
    }

    @Benchmark
    public RegexMatch nestedInTheLargestPacket() {
        budget.renew();
        return nested.find(as, budget);
    }

    /** Runs out of its budget in each packet. */
    @Benchmark
    public RegexMatch moreStatesThanAreKeptInTheLargestPacket() {
        budget.renew();
        return manyStates.find(noise[next++ % noise.length], budget);
    }
}
