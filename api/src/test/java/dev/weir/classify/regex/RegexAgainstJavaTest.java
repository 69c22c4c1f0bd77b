package dev.weir.classify.regex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Random patterns and inputs have the same answer here and in the JDK, whichever way they are matched. */
class RegexAgainstJavaTest {
    private static final int PATTERNS = 4_000;
    private static final int INPUTS = 25;
    private static final int SET = 16;

    private final Random random = new Random(20_261_121);
    private final RandomRegex source = new RandomRegex(random);
    private final StepBudget budget = new StepBudget(Integer.MAX_VALUE);

    private static Pattern inJava(String pattern) {
        return Pattern.compile(pattern, Pattern.UNIX_LINES);
    }

    private static Bytes bytes(String input) {
        return Bytes.of(input.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String about(String pattern, String input) {
        return "/" + pattern + "/ in \"" + input.replace("\n", "\\n") + "\"";
    }

    @Test
    void findsWhatTheJdkFinds() {
        int found = 0;
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = source.pattern();
            Regex regex = Regex.compile(pattern);
            Pattern expected = inJava(pattern);
            for (int j = 0; j < INPUTS; j++) {
                String input = source.input();
                boolean expectedFind = expected.matcher(input).find();
                found += expectedFind ? 1 : 0;
                assertEquals(
                        expectedFind ? RegexMatch.YES : RegexMatch.NO,
                        regex.find(bytes(input), budget),
                        () -> about(pattern, input));
            }
        }
        int all = PATTERNS * INPUTS;
        assertTrue(found > all / 10 && found < all * 9 / 10, found + " of " + all + " match: both answers are tested");
    }

    @Test
    void theWholeInputMatchesWhereItDoesInTheJdk() {
        int found = 0;
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = source.pattern();
            Regex regex = Regex.compile(pattern, Regex.Option.WHOLE);
            Pattern expected = inJava(pattern);
            for (int j = 0; j < INPUTS; j++) {
                String input = source.input();
                boolean expectedMatch = expected.matcher(input).matches();
                found += expectedMatch ? 1 : 0;
                assertEquals(
                        expectedMatch ? RegexMatch.YES : RegexMatch.NO,
                        regex.find(bytes(input), budget),
                        () -> about(pattern, input));
            }
        }
        assertTrue(found > PATTERNS / 2, found + " match");
    }

    @Test
    void aSetFindsWhatItsMembersFindInOnePassAndInPieces() {
        for (int i = 0; i < PATTERNS / SET; i++) {
            List<Regex> members = new ArrayList<>();
            for (int j = 0; j < SET; j++) {
                members.add(Regex.compile(source.pattern()));
            }
            RegexSet set = RegexSet.of(members);
            RegexMatches matches = new RegexMatches(set);
            for (int j = 0; j < INPUTS; j++) {
                String input = source.input();
                matches.clear();
                assertTrue(set.find(bytes(input), 0, input.length(), matches, budget));
                RegexScan scan = set.scan();
                readInPieces(scan, bytes(input));
                for (int member = 0; member < SET; member++) {
                    Regex regex = members.get(member);
                    boolean expected = regex.find(bytes(input), budget) == RegexMatch.YES;
                    assertEquals(expected, matches.contains(member), () -> about(regex.pattern(), input));
                    assertEquals(expected, scan.matches().contains(member), () -> about(regex.pattern(), input));
                }
            }
        }
    }

    private void readInPieces(RegexScan scan, Bytes input) {
        int at = 0;
        while (random.nextInt(4) > 0) {
            int length = random.nextInt(input.length() - at + 1);
            scan.read(input, at, length, budget);
            at += length;
        }
        scan.end(input, at, input.length() - at, budget);
        assertFalse(scan.isExhausted());
    }

    /** With room for a handful of states the automaton forgets and simulates all the time. */
    @Test
    void theAnswerIsTheSameWhenThereIsNoRoomForStates() {
        for (int i = 0; i < PATTERNS / 4; i++) {
            String pattern = source.pattern();
            Node node = RegexParser.parse(pattern, false, false);
            Program program = new ProgramBuilder().add(pattern, node).build();
            Automaton small = new Automaton(program, 2_000);
            Pattern expected = inJava(pattern);
            for (int j = 0; j < INPUTS; j++) {
                String input = source.input();
                RegexMatches matches = new RegexMatches(1);
                RegexScan scan = new RegexScan(small, matches);
                readInPieces(scan, bytes(input));
                assertEquals(expected.matcher(input).find(), matches.contains(0), () -> about(pattern, input));
            }
        }
    }
}
