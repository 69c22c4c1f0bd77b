package dev.weir;

import java.util.List;
import java.util.Map;

/**
 * The books of a pipeline: what came in, what became of it, and what was lost before. A snapshot, taken at any time from
 * any thread with {@link Pipeline#ledger()}; while packets flow the parts may be a few packets apart, at rest and after
 * the end they are exact, and then {@link #isBalanced()}:
 *
 * <pre>received = sum of all decisions + in flight</pre>
 *
 * <p>On an advisory pipeline the decisions are what would have been done.
 *
 * @param queues what each capture queue brought and what became of it
 * @param workers what each worker did; one per queue when there are none of their own (run to completion)
 * @param reasons how many packets were decided for each reason, {@link Reason#NONE} left out
 * @param held packets that are held now ({@link Verdict#HOLD}, or behind one)
 * @param abandoned packets decided by default because their classifier did not return before the pipeline had to end
 * @param undecided packets that no verdict could be given to, because the source failed or the pipeline had to abandon
 *     its thread; the kernel then applies its own
 * @param lateVerdicts answers that came after the packet had been decided by deadline, overload or stop
 * @param unsupported verdicts that the capture could not carry out as they were
 * @param listenerMissed decisions that the {@link DecisionListener} was not told, because it was too slow
 * @param recorded packets written by {@link PipelineBuilder#record}
 * @param recordMissed packets not written, because the disk was too slow or failed
 * @param recordFailure why nothing is recorded any more; empty as long as the disk has not failed
 * @param attributions answers of the correlators
 * @param contradictions answers that contradicted an equally sure one, and were not used
 * @param inKernel packets that a {@link KernelFilter} of this pipeline saw, by what it did with them; empty without one.
 *     They are beside those received: what was dropped or accepted there never came here
 * @param advisory true when the decisions were not carried out
 */
public record Ledger(
        List<QueueCounts> queues,
        List<WorkerCounts> workers,
        Map<Reason, Long> reasons,
        long held,
        long abandoned,
        long undecided,
        long lateVerdicts,
        long unsupported,
        long listenerMissed,
        long recorded,
        long recordMissed,
        String recordFailure,
        long attributions,
        long contradictions,
        Map<KernelOutcome, Long> inKernel,
        boolean advisory) {
    /** What was done with a packet. */
    public enum Outcome {
        ACCEPTED,
        DROPPED,
        REPLACED,
        REJECTED,
        MARKED
    }

    /** Who decided it. */
    public enum Cause {
        /** A classifier, for this packet. */
        CLASSIFIER,
        /** A verdict that a classifier had given for the whole flow. */
        FLOW_VERDICT,
        /** No classifier had an opinion: the pipeline's default verdict. */
        NO_OPINION,
        /** No answer within the deadline: its default verdict. */
        DEADLINE,
        /** Too much was in flight: the overload policy. */
        OVERLOAD,
        /** A classifier threw, or gave a verdict that cannot be carried out: the error policy. */
        CLASSIFIER_ERROR,
        /** The pipeline was paused: the pause policy. */
        PAUSED,
        /** The pipeline was stopping: what was still undecided got the default verdict. */
        STOP
    }

    /**
     * One capture queue.
     *
     * @param queue its number, from 0
     * @param received packets taken from the source
     * @param receivedBytes their bytes on the wire
     * @param decisions what became of them
     * @param losses what the source lost or passed without us, by cause; only causes that occurred
     */
    public record QueueCounts(
            int queue, long received, long receivedBytes, Decisions decisions, Map<Loss, Long> losses) {}

    /**
     * One worker.
     *
     * @param worker its number, from 0
     * @param classified packets it judged
     * @param classifierErrors classifiers that threw
     * @param flows flows in its table now
     * @param flowsCreated flows it ever made
     * @param flowsIdle of these, gone after their idle time
     * @param flowsClosed gone after TCP closed
     * @param flowsEvicted gone early because the table was full
     * @param flowVerdictsEvicted flow verdicts forgotten early because their table was full
     * @param stuckNs how long it has been in one call of a classifier, when that is more than a second, else 0
     */
    public record WorkerCounts(
            int worker,
            long classified,
            long classifierErrors,
            long flows,
            long flowsCreated,
            long flowsIdle,
            long flowsClosed,
            long flowsEvicted,
            long flowVerdictsEvicted,
            long stuckNs) {}

    /** A table of counts, outcome by cause; immutable. */
    public static final class Decisions {
        private static final int CAUSES = Cause.values().length;
        private static final int OUTCOMES = Outcome.values().length;

        private final long[] counts;

        /** Takes over counts in the order {@code outcome.ordinal() * causes + cause.ordinal()}. */
        public Decisions(long[] counts) {
            if (counts.length != OUTCOMES * CAUSES) {
                throw new IllegalArgumentException("a table of " + OUTCOMES + " by " + CAUSES + " is needed");
            }
            this.counts = counts.clone();
        }

        /** Packets with this outcome, decided by this cause. */
        public long count(Outcome outcome, Cause cause) {
            return counts[outcome.ordinal() * CAUSES + cause.ordinal()];
        }

        /** Packets with this outcome. */
        public long count(Outcome outcome) {
            long sum = 0;
            for (Cause cause : Cause.values()) {
                sum += count(outcome, cause);
            }
            return sum;
        }

        /** Packets decided by this cause. */
        public long count(Cause cause) {
            long sum = 0;
            for (Outcome outcome : Outcome.values()) {
                sum += count(outcome, cause);
            }
            return sum;
        }

        /** All packets decided. */
        public long total() {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }

        private void addTo(long[] sums) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts[i];
            }
        }
    }

    /** Packets taken from the source by all queues. */
    public long received() {
        return queues.stream().mapToLong(QueueCounts::received).sum();
    }

    /** Bytes on the wire of all packets received. */
    public long receivedBytes() {
        return queues.stream().mapToLong(QueueCounts::receivedBytes).sum();
    }

    /** What became of the packets of all queues. */
    public Decisions decisions() {
        long[] sums = new long[Outcome.values().length * Cause.values().length];
        queues.forEach(queue -> queue.decisions().addTo(sums));
        return new Decisions(sums);
    }

    /** Packets that passed, for whatever cause, changed or not. */
    public long accepted() {
        Decisions all = decisions();
        return all.count(Outcome.ACCEPTED) + all.count(Outcome.MARKED) + all.count(Outcome.REPLACED);
    }

    /** Packets that did not pass, for whatever cause. */
    public long dropped() {
        Decisions all = decisions();
        return all.count(Outcome.DROPPED) + all.count(Outcome.REJECTED);
    }

    /** Packets that were lost before they could be received, or passed without us, by one cause. */
    public long lost(Loss loss) {
        return queues.stream()
                .mapToLong(queue -> queue.losses().getOrDefault(loss, 0L))
                .sum();
    }

    /** Packets that were lost before they could be received, or passed without us, by any cause. */
    public long lost() {
        return queues.stream()
                .flatMap(queue -> queue.losses().values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Packets received and not decided yet. */
    public long inFlight() {
        return received() - decisions().total() - undecided;
    }

    /** True when every packet received has exactly one decision: nothing in flight, nothing undecided. */
    public boolean isBalanced() {
        return inFlight() == 0 && undecided == 0;
    }
}
