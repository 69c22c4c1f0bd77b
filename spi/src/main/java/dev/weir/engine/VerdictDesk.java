package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.Reason;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;

/**
 * Where verdicts take effect: books them, has the queue carry them out, tells the listener, and gives packets back,
 * recorded if they pass. For the queue's owner.
 */
final class VerdictDesk {
    private static final Kind[] KIND = Kind.values();

    private final CaptureQueue queue;
    private final PipelineConfig config;
    private final QueueBooks books;
    private final ErrorLog errors;
    private final boolean carriesOut;

    /** Flows are those within tunnels, which the capture and the kernel behind it know nothing of. */
    private final boolean innermost;

    private final boolean[] supported = new boolean[KIND.length];
    private final boolean[] reported = new boolean[KIND.length];

    private final Verdict[] fallback = new Verdict[KIND.length];

    /** A verdict is more than a count: it goes to the queue or the listener. */
    private boolean acts;

    /** What the verdict that is being carried out is due to, as it was booked. */
    private Cause by;

    /** When a packet was settled with no more than a count in the books: its verdict; else null. */
    private Verdict settled;

    /** What that was due to. */
    private Cause settledBy;

    private DecisionSpool decisions;
    private RecordSpool records;

    VerdictDesk(CaptureQueue queue, PipelineConfig config, QueueBooks books, ErrorLog errors) {
        this.queue = queue;
        this.config = config;
        this.books = books;
        this.errors = errors;
        this.carriesOut = !config.traits().passive();
        this.acts = carriesOut;
        this.innermost = config.tunnels() == TunnelPolicy.INNERMOST;
        for (Kind kind : KIND) {
            supported[kind.ordinal()] = config.bears(kind);
        }
        fallback[Kind.REJECT.ordinal()] = Verdict.DROP;
        fallback[Kind.MARK.ordinal()] = Verdict.ACCEPT;
    }

    void tell(DecisionSpool spool) {
        this.decisions = spool;
        this.acts = true;
    }

    void record(RecordSpool spool) {
        this.records = spool;
    }

    /**
     * Carries out a verdict.
     *
     * @param flow null where the packet was decided before it was classified
     * @return what {@link #giveBack} wants to know
     */
    Kind carryOut(Slot slot, Verdict verdict, Cause cause, FlowEntry flow) {
        settled = null;
        Verdict done = book(slot, verdict, cause);
        if (acts) {
            act(slot, done, flow);
        }
        return done.kind();
    }

    /** Carries out a verdict and records the packet if it passes; its slot stays with the caller. */
    void settle(Slot slot, Verdict verdict, Cause cause, FlowEntry flow) {
        if (verdict == settled && cause == settledBy) {
            books.decidedAgain(); // as nearly all are
            return;
        }
        Kind done = carryOut(slot, verdict, cause, flow);
        if (records != null) {
            record(slot, done);
        } else if (!acts
                && done == verdict.kind()
                && done != Kind.REPLACE
                && by == cause
                && verdict.reason() == Reason.NONE) {
            settled = verdict;
            settledBy = cause;
        }
    }

    /** Settles how a verdict can be carried out, and books it. */
    private Verdict book(Slot slot, Verdict verdict, Cause cause) {
        Verdict done = verdict;
        by = cause;
        Kind kind = done.kind();
        if (kind == Kind.REPLACE && slot.replacement() == null) {
            errors.reportOnce("a classifier said REPLACE and wrote no bytes (Packet.replace comes first)");
            done = config.errorVerdict();
            by = Cause.CLASSIFIER_ERROR;
            kind = done.kind();
        } else if (!supported[kind.ordinal()]) {
            Verdict instead = instead(verdict);
            if (instead == null) {
                instead = config.errorVerdict();
                by = Cause.CLASSIFIER_ERROR;
            }
            reportOnce(kind, instead);
            done = instead;
            kind = done.kind();
        }
        // Booked before it is carried out: who has seen a verdict take effect finds it in the ledger.
        books.decided(1, kind, by, verdict.reason());
        return done;
    }

    private void act(Slot slot, Verdict done, FlowEntry flow) {
        if (carriesOut && !queue.verdict(slot, outward(done))) {
            books.unsupported(1);
        }
        if (decisions != null) {
            decisions.tell(slot, flow, done, by, queue.index());
        }
    }

    /** What the capture is told: nothing of a flow that it would take for another. */
    private Verdict outward(Verdict verdict) {
        if (config.advisory()) {
            return Verdict.ACCEPT;
        }
        if (!innermost || verdict.scope() == Verdict.Scope.PACKET) {
            return verdict;
        }
        return switch (verdict.kind()) {
            case ACCEPT -> Verdict.ACCEPT;
            case DROP -> Verdict.DROP;
            default -> verdict;
        };
    }

    /** What stands in for a verdict that the capture cannot carry out; null where nothing can. */
    private Verdict instead(Verdict verdict) {
        return verdict instanceof Verdict.Replace replace && replace.elseDrop()
                ? Verdict.DROP
                : fallback[verdict.kind().ordinal()];
    }

    private void reportOnce(Kind kind, Verdict instead) {
        books.unsupported(1);
        if (!reported[kind.ordinal()]) {
            reported[kind.ordinal()] = true;
            errors.reportOnce("the capture cannot carry out " + kind + ": " + instead.kind() + " instead");
        }
    }

    /** Decides a packet that nobody judges, and gives it back. */
    void decide(Slot slot, Verdict verdict, Cause cause) {
        settle(slot, verdict, cause, null);
        queue.release(slot);
    }

    /** The packet is decided and nobody reads it any more. */
    void giveBack(Slot slot, Kind done) {
        if (records != null) {
            record(slot, done);
        }
        queue.release(slot);
    }

    /** Records a packet that passes. */
    private void record(Slot slot, Kind done) {
        if (done != Kind.DROP && done != Kind.REJECT) {
            records.record(slot, done == Kind.REPLACE);
        }
    }

    /** Hands over what was recorded so far. */
    void flushRecords() {
        if (records != null) {
            records.flush();
        }
    }
}
