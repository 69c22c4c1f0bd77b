package dev.weir.stream;

import dev.weir.Verdict;

/** What several verdicts about one packet come to. */
final class Opinions {
    private Opinions() {}

    /** True for a verdict that does not let a packet go on. */
    static boolean discards(Verdict verdict) {
        return verdict.kind() == Verdict.Kind.DROP || verdict.kind() == Verdict.Kind.REJECT;
    }

    /** Of two opinions about one packet the one that counts: discard before other decisions before waiting. */
    static Verdict stronger(Verdict one, Verdict other) {
        return strength(other) > strength(one) ? other : one;
    }

    private static int strength(Verdict verdict) {
        return switch (verdict.kind()) {
            case CONTINUE -> 0;
            case HOLD -> 1;
            case DROP, REJECT -> verdict.scope() == Verdict.Scope.FLOW ? 5 : 4;
            default -> verdict.scope() == Verdict.Scope.FLOW ? 3 : 2;
        };
    }
}
