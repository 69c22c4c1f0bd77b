package dev.weir.engine;

import dev.weir.ErrorPolicy;
import dev.weir.Ledger.Outcome;
import dev.weir.NanoClock;
import dev.weir.OverloadPolicy;
import dev.weir.PausePolicy;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.runtime.PipelineSpec;
import dev.weir.spi.CaptureTraits;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What was asked for, settled with what the capture is like.
 *
 * @param maxPackets in flight per queue
 * @param maxBytes in flight per queue
 * @param deadlineNs 0 for none
 * @param budget what all queues together may take, or null for no limit
 * @param systemClock false for a clock that somebody moves by hand: it wakes nobody, so threads look at it every
 *     millisecond
 */
record PipelineConfig(
        String name,
        CaptureTraits traits,
        int queues,
        int workers,
        int maxPackets,
        long maxBytes,
        OverloadPolicy overload,
        PausePolicy pause,
        Verdict defaultVerdict,
        Verdict errorVerdict,
        long deadlineNs,
        Verdict deadlineVerdict,
        PacketBudget budget,
        TunnelPolicy tunnels,
        boolean advisory,
        NanoClock clock,
        boolean systemClock,
        boolean busyPoll,
        int[] cpus,
        long closeTimeoutNs) {
    private static final int RESERVE = 64;

    static PipelineConfig of(PipelineSpec spec, CaptureTraits traits, int queues) {
        int share = Math.max(1, (spec.inFlightPackets() + queues - 1) / queues);
        long bytes = Math.max(1 << 16, spec.inFlightBytes() / queues);
        return new PipelineConfig(
                spec.capture(),
                traits,
                queues,
                spec.workers(),
                Math.min(share, bearable(spec.overload(), traits)),
                Math.min(bytes, traits.maxBytes()),
                spec.overload(),
                spec.pause(),
                spec.defaultVerdict(),
                spec.error() == ErrorPolicy.DROP ? Verdict.DROP : Verdict.ACCEPT,
                spec.deadline() == null ? 0 : spec.deadline().toNanos(),
                spec.deadlineVerdict(),
                spec.limit() == null ? null : new PacketBudget(spec.limit()),
                spec.tunnels(),
                spec.advisory(),
                spec.clock(),
                spec.clock() == NanoClock.SYSTEM,
                spec.busyPoll(),
                spec.cpus(),
                spec.closeTimeout().toNanos());
    }

    /** A capture that lends out no more has nothing to refuse: for that, some of what it bears is kept free. */
    private static int bearable(OverloadPolicy overload, CaptureTraits traits) {
        int most = traits.maxPackets();
        return overload == OverloadPolicy.STOP_READING ? most : Math.max(1, most - Math.min(RESERVE, most / 2));
    }

    /** True for a verdict that is booked as it is: the capture can carry it out, or carries out none. */
    boolean bears(Kind kind) {
        if (traits.passive()) {
            return true;
        }
        // an answer to a rejected packet would have to go into the tunnel
        boolean answersTunnel = kind == Kind.REJECT && tunnels == TunnelPolicy.INNERMOST;
        return traits.carriesOut().contains(kind) && !answersTunnel;
    }

    /** What takes effect of what is decided. */
    Set<Kind> carriesOut() {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        if (!advisory && !traits.passive()) {
            kinds.addAll(traits.carriesOut());
            kinds.removeIf(kind -> !bears(kind));
        }
        return Collections.unmodifiableSet(kinds);
    }

    static Outcome outcome(Kind kind) {
        return switch (kind) {
            case DROP -> Outcome.DROPPED;
            case REPLACE -> Outcome.REPLACED;
            case REJECT -> Outcome.REJECTED;
            case MARK -> Outcome.MARKED;
            case ACCEPT, CONTINUE, HOLD -> Outcome.ACCEPTED;
        };
    }
}
