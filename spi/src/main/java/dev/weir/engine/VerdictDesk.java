package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.spi.CaptureQueue;

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

    private DecisionSpool decisions;
    private RecordSpool records;

    VerdictDesk(CaptureQueue queue, PipelineConfig config, QueueBooks books, ErrorLog errors) {
        this.queue = queue;
        this.config = config;
        this.books = books;
        this.errors = errors;
        this.carriesOut = !config.traits().passive();
        this.innermost = config.tunnels() == TunnelPolicy.INNERMOST;
        for (Kind kind : KIND) {
            supported[kind.ordinal()] =
                    config.traits().passive() || config.traits().carriesOut().contains(kind);
        }
        if (innermost && carriesOut) {
            supported[Kind.REJECT.ordinal()] = false; // an answer would have to go into the tunnel
        }
        fallback[Kind.REJECT.ordinal()] = Verdict.DROP;
        fallback[Kind.MARK.ordinal()] = Verdict.ACCEPT;
    }

    void tell(DecisionSpool spool) {
        this.decisions = spool;
    }

    void record(RecordSpool spool) {
        this.records = spool;
    }

    /** Carries out what the shard decided. */
    void carryOut(InFlight packet) {
        carryOut(packet, packet.verdict, packet.cause, packet.flow);
    }

    /**
     * Carries out a verdict.
     *
     * @param flow null where the packet was decided before it was classified
     */
    void carryOut(InFlight packet, Verdict verdict, Cause cause, FlowEntry flow) {
        Verdict done = verdict;
        Cause by = cause;
        Kind kind = done.kind();
        if (kind == Kind.REPLACE && packet.slot.replacement() == null) {
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
        books.decided(kind, by, verdict.reason());
        if (carriesOut && !queue.verdict(packet.slot, outward(done))) {
            books.unsupported();
        }
        if (decisions != null) {
            decisions.tell(packet.slot, flow, done, by, queue.index());
        }
        packet.carriedOut = kind.ordinal();
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
        books.unsupported();
        if (!reported[kind.ordinal()]) {
            reported[kind.ordinal()] = true;
            errors.reportOnce("the capture cannot carry out " + kind + ": " + instead.kind() + " instead");
        }
    }

    /** The packet is decided and nobody reads it any more. */
    void giveBack(InFlight packet) {
        if (records != null && passes(packet.carriedOut)) {
            records.record(packet.slot, packet.carriedOut == Kind.REPLACE.ordinal());
        }
        queue.release(packet.slot);
    }

    private static boolean passes(int carriedOut) {
        return carriedOut != Kind.DROP.ordinal()
                && carriedOut != Kind.REJECT.ordinal()
                && carriedOut != InFlight.NOT_YET;
    }

    /** Hands over what was recorded so far. */
    void flushRecords() {
        if (records != null) {
            records.flush();
        }
    }
}
