package dev.weir.fuzz.targets;

import dev.weir.WeirException;
import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.RegexMatch;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.RegexScan;
import dev.weir.classify.regex.RegexSet;
import dev.weir.classify.regex.StepBudget;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Regular expressions: the length of the pattern (a byte), the pattern, what it is looked for in. */
public final class RegexTarget implements FuzzTarget {
    private static final long COMPILATION_BYTES = 64L << 20;
    private static final long COMPILATION_NS = 200_000_000;

    private final StepBudget budget = new StepBudget();

    @Override
    public String name() {
        return "regex";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() == 0) {
            return;
        }
        int patternLength = Math.min(input.u8(0), input.length() - 1);
        byte[] pattern = new byte[patternLength];
        input.get(1, pattern, 0, patternLength);
        Regex regex;
        try {
            regex = Regex.compile(new String(pattern, StandardCharsets.ISO_8859_1));
        } catch (WeirException refused) {
            return;
        }
        int offset = 1 + patternLength;
        int length = input.length() - offset;
        budget.renew();
        RegexMatch found = regex.find(input, offset, length, budget);
        RegexSet set = RegexSet.of(List.of(regex));
        RegexMatches matches = new RegexMatches(set);
        budget.renew();
        boolean decided = set.find(input, offset, length, matches, budget);
        RegexScan scan = set.scan();
        budget.renew();
        scan.read(input, offset, length / 2, budget);
        budget.renew();
        scan.end(input, offset + length / 2, length - length / 2, budget);
        if (found != RegexMatch.UNDECIDED && decided && !scan.isExhausted()) {
            Check.that(matches.contains(0) == (found == RegexMatch.YES), "a set finds what its member finds");
            Check.that(scan.matches().contains(0) == (found == RegexMatch.YES), "so does reading in pieces");
        }
    }

    /** Patterns are compiled when rules are loaded; what a packet may cost is bounded by steps. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return COMPILATION_BYTES;
    }

    @Override
    public long timeLimitNs(int inputLength) {
        return COMPILATION_NS;
    }
}
