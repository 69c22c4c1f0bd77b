package dev.weir.classify.dns;

import dev.weir.Reason;
import dev.weir.Verdict;

/** A rule's verdicts, made when it is loaded. */
final class Rule {
    /** For what cannot be read. */
    static final Rule MALFORMED = new Rule(new Reason("dns", "malformed"));

    final Reason reason;
    final Verdict drop;
    final Verdict dropFlow;
    final Verdict reject;
    final Verdict rejectFlow;
    final Verdict replace;

    Rule(Reason reason) {
        this.reason = reason;
        drop = Verdict.DROP.because(reason);
        dropFlow = drop.forFlow();
        reject = Verdict.REJECT.because(reason);
        rejectFlow = reject.forFlow();
        replace = Verdict.REPLACE_ELSE_DROP.because(reason);
    }
}
