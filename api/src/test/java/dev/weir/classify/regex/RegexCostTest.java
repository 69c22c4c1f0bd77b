package dev.weir.classify.regex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.packet.Bytes;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What matching costs at worst, in steps and in memory. */
class RegexCostTest {
    /** The automaton of this one has 2^13 states: whether each of the last 13 bytes was an a. */
    private static final String MANY_STATES = "a[ab]{12}c";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Random random = new Random(7);

    private Bytes randomText(String alphabet, int length) {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        return Bytes.of(text);
    }

    private static long allocatedBytes() {
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** Patterns on which backtracking takes exponential time: each byte is read once. */
    @Test
    void theLargestPacketIsReadWithinTheStandardBudget() {
        for (String pattern :
                new String[] {"(a*)*b", "(a|aa)+$", "(?:a?){500}a{500}b", "(.*)(.*)(.*)(.*)[^a]", "x*x*x*y"}) {
            Regex regex = Regex.compile(pattern);
            byte[] input = new byte[65_535];
            Arrays.fill(input, (byte) 'a');
            StepBudget budget = new StepBudget();
            // The first input may be spent on learning: a thousand states of a thousand places.
            for (int i = 0; i < 100; i++) {
                budget.renew();
                regex.find(Bytes.of(input), budget);
            }
            budget.renew();
            RegexMatch expected = pattern.endsWith("$") ? RegexMatch.YES : RegexMatch.NO;
            assertEquals(expected, regex.find(Bytes.of(input), budget), pattern);
            assertTrue(budget.left() >= StepBudget.STANDARD_STEPS - 65_600, pattern + " left " + budget.left());
        }
    }

    @Test
    void aBudgetThatRunsOutIsToldAndCounted() {
        Regex regex = Regex.compile("b");
        Bytes input = randomText("a", 1_000);
        StepBudget budget = new StepBudget(500);
        assertEquals(RegexMatch.UNDECIDED, regex.find(input, budget));
        assertEquals(0, budget.left());
        assertEquals(1, regex.exhausted());
        budget.renew();
        assertEquals(RegexMatch.NO, regex.find(input, 0, 100, budget));
        assertEquals(1, regex.exhausted());

        RegexSet set = RegexSet.of(List.of(Regex.compile("a"), regex));
        RegexMatches matches = new RegexMatches(set);
        budget.renew();
        assertFalse(set.find(input, 0, 1_000, matches, budget));
        assertTrue(matches.contains(0), "what was found before");
        assertEquals(1, set.exhausted());
        RegexScan scan = set.scan();
        budget.renew();
        scan.read(input, 0, 1_000, budget);
        assertTrue(scan.isExhausted() && scan.isOver());
        budget.renew();
        scan.end(input, 0, 1, budget);
        assertTrue(scan.isExhausted());
    }

    /** An input that makes ever new states fills the memory up to its bound, and the answers stay right. */
    @Test
    void inputsThatNeedManyStatesAreAnsweredInBoundedMemory() {
        Node node = RegexParser.parse(MANY_STATES, false, false);
        Automaton small =
                new Automaton(new ProgramBuilder().add(MANY_STATES, node).build(), 100_000);
        java.util.regex.Pattern expected = java.util.regex.Pattern.compile(MANY_STATES);
        StepBudget budget = new StepBudget(Integer.MAX_VALUE);
        int found = 0;
        for (int i = 0; i < 2_000; i++) {
            Bytes text = randomText("aaaaaabbbbbbc", 60);
            boolean matches = expected.matcher(new String(text.toByteArray())).find();
            found += matches ? 1 : 0;
            State end = small.run(small.start(), text, 0, text.length(), true, null, budget);
            assertEquals(matches, end.matches.length > 0);
            assertTrue(small.cachedBytes() < 110_000, () -> small.cachedBytes() + " bytes");
        }
        assertTrue(found > 200 && found < 1_800, found + " found");
        assertTrue(small.simulatedBytes() > 1_000, small.simulatedBytes() + " bytes were simulated");
    }

    @Test
    void nothingIsAllocatedOnceTheStatesAreKnown() {
        List<Regex> expressions = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expressions.add(Regex.compile("(?i)evil" + i + ".*\\.(com|net)$"));
        }
        RegexSet set = RegexSet.of(expressions);
        RegexMatches matches = new RegexMatches(set);
        Bytes[] inputs = new Bytes[200];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = randomText("evil0123456789.com", 30);
        }
        StepBudget budget = new StepBudget();
        long bytes = 0;
        for (int round = 0; round < 20; round++) {
            long before = allocatedBytes();
            for (Bytes input : inputs) {
                matches.clear();
                budget.renew();
                assertTrue(set.find(input, 0, input.length(), matches, budget));
                assertTrue(expressions.get(7).find(input, 0, input.length(), budget) != RegexMatch.UNDECIDED);
            }
            bytes = allocatedBytes() - before;
        }
        assertTrue(bytes < 1_600, bytes + " bytes for 200 inputs");
    }

    @Test
    void severalThreadsLearnTogether() throws Exception {
        Regex regex = Regex.compile(MANY_STATES);
        java.util.regex.Pattern expected = java.util.regex.Pattern.compile(MANY_STATES);
        List<Bytes> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(randomText("aabbc", 300));
        }
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<Integer>> results = new ArrayList<>();
            Callable<Integer> search = () -> {
                int found = 0;
                StepBudget budget = new StepBudget(Integer.MAX_VALUE);
                for (Bytes text : texts) {
                    found += regex.find(new Bytes().wrap(text, 0, text.length()), budget) == RegexMatch.YES ? 1 : 0;
                }
                return found;
            };
            for (int i = 0; i < 3; i++) {
                results.add(threads.submit(search));
            }
            long found = texts.stream()
                    .filter(text ->
                            expected.matcher(new String(text.toByteArray())).find())
                    .count();
            for (Future<Integer> result : results) {
                assertEquals(found, result.get().longValue());
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
