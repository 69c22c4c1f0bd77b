package dev.weir.spi;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;

/**
 * One queue of a capture, owned by one thread. Each slot that {@link #receive} lends out gets exactly one
 * {@link #verdict} and exactly one {@link #release}, in any order among the slots; the verdict comes first.
 *
 * <p><b>Threads.</b> All methods are called by the owner, except {@link #wakeup} and {@link #lost}, which any thread
 * may call. Ownership may pass to another thread when the owner is stuck in a classifier; it then never comes back.
 *
 * <p><b>Cost.</b> {@link #receive}, {@link #verdict}, {@link #detach} and {@link #release} allocate nothing in steady
 * state and make no native call per packet.
 */
public interface CaptureQueue {
    /** What {@link #receive} returns when nothing will ever come any more. */
    int END = -1;

    /** Its number, from 0. */
    int index();

    /**
     * Fills {@code slots} from index 0 with packets that are there; never waits. The slots are the queue's own, made when
     * first needed and used again. After 0 packets may still be there, but then {@link #await} returns at once; once
     * {@link #stopIntake} was called, calls in a row bring all that there is.
     *
     * @param limit at most so many, at most {@code slots.length}
     * @return how many, 0 for none now, {@link #END} when the source has ended
     * @throws WeirException when the source failed; what was lent out stays valid
     */
    int receive(Slot[] slots, int limit);

    /** True when it hands packets over one by one, too: see {@link #dispatch}; always the same. */
    default boolean dispatches() {
        return false;
    }

    /**
     * Hands packets that are there to a sink, one after the other, as {@link #receive} would fill slots with them. Only for
     * queues that say {@link #dispatches()}: those whose packets lie ready in memory, which it saves a slot each, some
     * 10 ns. A packet's {@link #verdict}, where the queue wants one, comes before the sink is done with it, or before it
     * is released.
     *
     * @param limit at most so many
     * @return how many were handed over, 0 for none now (which tells as much as that of {@link #receive}), {@link #END}
     *     when the source has ended
     * @throws WeirException when the source failed; what the sink throws is passed on
     */
    default int dispatch(PacketSink sink, int limit) {
        throw new UnsupportedOperationException("this queue has its packets received");
    }

    /** How its owner looks again before it sleeps; always the same. */
    default Spin spin() {
        return Spin.STANDARD;
    }

    /**
     * Waits until there may be packets, {@link #wakeup} is called, or the time is over. May return early for no reason. It
     * may take packets in, which the next {@link #receive} then brings; while they come densely it may let them gather
     * for a time that the backend's options bound.
     *
     * @param timeoutNs at most so long; 0 only looks
     */
    void await(long timeoutNs);

    /** Makes the current {@link #await} return, or the next one if there is none. Any thread; cheap when repeated. */
    void wakeup();

    /**
     * Carries out a verdict, at the latest with the next {@link #flush}. A passive queue does nothing. Only kinds from
     * {@link CaptureTraits#carriesOut()} are given.
     *
     * @return false when it could not be carried out: the kernel no longer knew the packet, or refused it
     */
    boolean verdict(Slot slot, Verdict verdict);

    /**
     * Takes the memory under a slot back although the slot is still out: its bytes have been copied
     * ({@link Slot#detach()}). Only called where {@link CaptureTraits#pinsMemory()}; {@link #release} follows later.
     */
    default void detach(Slot slot) {}

    /** Takes a slot back, with its memory unless that was taken by {@link #detach}. */
    void release(Slot slot);

    /** Takes the first slots of an array back, as {@link #release(Slot)} does one; cheaper for many where it is written for it. */
    default void release(Slot[] slots, int count) {
        for (int i = 0; i < count; i++) {
            release(slots[i]);
        }
    }

    /**
     * Hands what was collected (verdicts, free blocks or frames) to the kernel, or to a thread that does so at once. Called
     * after each batch.
     */
    default void flush() {}

    /**
     * Has the source send nothing new; what it has queued for us still comes, and then {@link #receive} answers
     * {@link #END}. Called once, when the pipeline stops.
     */
    void stopIntake();

    /**
     * Reads the source's own counters, about ten times a second and once at the end, so that {@link #lost} can answer
     * from any thread.
     */
    default void refreshLosses() {}

    /** Packets lost by a cause since the start, as of the last {@link #refreshLosses}. */
    default long lost(Loss loss) {
        return 0;
    }
}
