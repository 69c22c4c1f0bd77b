package dev.weir.testkit.wrap;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Slot;
import dev.weir.spi.Spin;
import dev.weir.testkit.internal.Doorbell;
import dev.weir.testkit.wrap.FaultyCapture.Fault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * One queue with faults. Slots that nothing is done to are the inner queue's own and pass through; corrupted and doubled
 * packets are copies in slots of ours.
 */
final class FaultyQueue implements CaptureQueue {
    /** What stands in the way out besides slots. */
    private static final Slot STALL_MARK = new Slot(0);

    private static final Slot FAIL_MARK = new Slot(0);

    /** Stands for the inner slot of a duplicate, which has none. */
    private static final Slot NONE = new Slot(0);

    private final CaptureQueue inner;
    private final boolean passive;
    private final FaultyCapture.Plan plan;
    private final FaultyCapture owner;
    private final double[] chances = new double[Fault.values().length];
    private final Random random;
    private final Doorbell doorbell = new Doorbell();
    private final BooleanSupplier moving = () -> !isStalled();

    private final ArrayDeque<Slot> ready = new ArrayDeque<>();
    private final List<Delayed> delayed = new ArrayList<>();
    private final Map<Slot, Slot> innerOf = new IdentityHashMap<>();
    private Slot[] batch = new Slot[64];
    private long number;
    private long stalledUntilNs;
    private boolean timedStall;
    private WeirException failed;
    private volatile boolean stalled;
    private volatile long dropped;

    private record Delayed(Slot slot, long afterNumber) {}

    FaultyQueue(CaptureQueue inner, CaptureTraits traits, FaultyCapture.Plan plan, FaultyCapture owner) {
        this.inner = inner;
        this.passive = traits.passive();
        this.plan = plan;
        this.owner = owner;
        plan.chances().forEach((fault, chance) -> chances[fault.ordinal()] = chance);
        this.random = new Random(plan.seed() * 31 + inner.index());
    }

    void stalled(boolean stalled) {
        this.stalled = stalled;
        wakeup();
    }

    private boolean isStalled() {
        if (timedStall && System.nanoTime() - stalledUntilNs >= 0) {
            timedStall = false;
        }
        return stalled || timedStall;
    }

    @Override
    public int index() {
        return inner.index();
    }

    @Override
    public int receive(Slot[] slots, int limit) {
        if (failed != null) {
            throw failed;
        }
        int most = Math.min(limit, slots.length);
        if (isStalled() || most == 0) {
            return 0;
        }
        int count = takeReady(slots, 0, most);
        if (count == most || count > 0 && (isStalled() || failed != null)) {
            return count;
        }
        if (isStalled()) {
            return 0;
        }
        if (batch.length < most) {
            batch = new Slot[most];
        }
        int received = inner.receive(batch, most - count);
        if (received <= 0) {
            // nothing comes that could overtake them
            delayed.forEach(one -> ready.add(one.slot));
            delayed.clear();
            if (received == END && ready.isEmpty()) {
                return count > 0 ? count : END;
            }
        }
        for (int i = 0; i < received; i++) {
            treat(batch[i]);
        }
        return takeReady(slots, count, most);
    }

    private int takeReady(Slot[] slots, int from, int most) {
        int count = from;
        while (count < most && !ready.isEmpty()) {
            Slot slot = ready.peek();
            if (slot == STALL_MARK) {
                ready.poll();
                stalledUntilNs = System.nanoTime() + plan.stallTime().toNanos();
                timedStall = true;
                return count;
            }
            if (slot == FAIL_MARK) {
                if (count > 0) {
                    return count; // these first, then the failure
                }
                failed = plan.failure();
                abandonWhatIsNotLent();
                throw failed;
            }
            slots[count++] = ready.poll();
        }
        return count;
    }

    private void treat(Slot slot) {
        number++;
        List<Fault> chosen = plan.chosen().isEmpty() ? List.of() : plan.chosen().getOrDefault(number, List.of());
        boolean drop = happens(Fault.DROP, chosen);
        boolean duplicate = happens(Fault.DUPLICATE, chosen);
        boolean reorder = happens(Fault.REORDER, chosen);
        boolean corrupt = happens(Fault.CORRUPT, chosen);
        int bit = random.nextInt(Integer.MAX_VALUE);
        if (chosen.contains(Fault.STALL)) {
            owner.count(Fault.STALL, 1);
            ready.add(STALL_MARK);
        }
        if (chosen.contains(Fault.FAIL)) {
            owner.count(Fault.FAIL, 1);
            ready.add(FAIL_MARK);
        }
        if (drop) {
            owner.count(Fault.DROP, 1);
            abandon(slot);
        } else {
            Slot first = corrupt && slot.capturedLength() > 0 ? corrupted(slot, bit) : slot;
            if (reorder) {
                owner.count(Fault.REORDER, 1);
                delayed.add(new Delayed(first, number + plan.reorderDistance()));
            } else {
                ready.add(first);
            }
            if (duplicate) {
                owner.count(Fault.DUPLICATE, 1);
                ready.add(copy(first, -1, NONE));
            }
        }
        if (!delayed.isEmpty()) {
            giveDelayedBack();
        }
    }

    private void giveDelayedBack() {
        delayed.removeIf(one -> {
            boolean due = number >= one.afterNumber;
            if (due) {
                ready.add(one.slot);
            }
            return due;
        });
    }

    /** Draws for every kind and packet, so that one kind's chances do not move another's. */
    private boolean happens(Fault fault, List<Fault> chosen) {
        boolean byChance = random.nextDouble() < chances[fault.ordinal()];
        return byChance || chosen.contains(fault);
    }

    private Slot corrupted(Slot slot, int bit) {
        owner.count(Fault.CORRUPT, 1);
        return copy(slot, bit % (slot.capturedLength() * 8), slot);
    }

    private Slot copy(Slot from, int flippedBit, Slot innerSlot) {
        Slot copy = SlotCopies.copy(from, flippedBit);
        innerOf.put(copy, innerSlot);
        return copy;
    }

    private void abandon(Slot slot) {
        dropped++;
        inner.verdict(slot, passive ? Verdict.ACCEPT : Verdict.DROP);
        inner.release(slot);
    }

    private void abandonWhatIsNotLent() {
        delayed.forEach(one -> ready.add(one.slot));
        delayed.clear();
        for (Slot slot : ready) {
            if (slot != STALL_MARK && slot != FAIL_MARK) {
                Slot innerSlot = innerOf.containsKey(slot) ? innerOf.remove(slot) : slot;
                if (innerSlot != NONE) {
                    abandon(innerSlot);
                }
            }
        }
        ready.clear();
        inner.flush();
    }

    @Override
    public Spin spin() {
        return inner.spin();
    }

    @Override
    public void await(long timeoutNs) {
        if (isStalled()) {
            long left = timedStall && !stalled ? Math.max(0, stalledUntilNs - System.nanoTime()) : timeoutNs;
            doorbell.await(Math.min(timeoutNs, left), moving);
        } else if (ready.isEmpty() && delayed.isEmpty()) {
            inner.await(timeoutNs);
        }
    }

    @Override
    public void wakeup() {
        doorbell.ring();
        inner.wakeup();
    }

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        Slot innerSlot = innerOf.get(slot);
        if (innerSlot == null) {
            return inner.verdict(slot, verdict);
        }
        if (innerSlot == NONE) {
            return true;
        }
        SlotCopies.handReplacement(slot, innerSlot);
        return inner.verdict(innerSlot, verdict);
    }

    @Override
    public void detach(Slot slot) {
        // a copy keeps nothing back but its inner slot, for which the engine's word stands
        Slot innerSlot = innerOf.get(slot);
        if (innerSlot == null) {
            inner.detach(slot);
        } else if (innerSlot != NONE) {
            innerSlot.detach();
            inner.detach(innerSlot);
        }
    }

    @Override
    public void release(Slot slot) {
        Slot innerSlot = innerOf.remove(slot);
        if (innerSlot == null) {
            inner.release(slot);
            return;
        }
        slot.clear();
        if (innerSlot != NONE) {
            inner.release(innerSlot);
        }
    }

    @Override
    public void flush() {
        inner.flush();
    }

    @Override
    public void stopIntake() {
        inner.stopIntake();
    }

    @Override
    public void refreshLosses() {
        inner.refreshLosses();
    }

    @Override
    public long lost(Loss loss) {
        return inner.lost(loss) + (loss == Loss.INJECTED ? dropped : 0);
    }

    void close() {
        abandonWhatIsNotLent();
    }
}
