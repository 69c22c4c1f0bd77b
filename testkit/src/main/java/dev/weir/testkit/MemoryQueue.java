package dev.weir.testkit;

import dev.weir.Verdict;
import dev.weir.linux.bpf.PacketFilter;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.testkit.internal.Doorbell;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;

/** What both kinds of memory queue share: slots, sleeping and the count of verdicts. */
abstract class MemoryQueue implements CaptureQueue {
    static final int KINDS = Verdict.Kind.values().length;

    final MemoryCapture.Settings settings;
    final Doorbell doorbell = new Doorbell();
    volatile boolean closed;

    private final int index;
    private final AtomicLongArray verdicts = new AtomicLongArray(KINDS);
    private final BooleanSupplier ready = this::isReady;
    private final Slot[] one = new Slot[1];
    private Slot[] slots = new Slot[0];
    private int[] free = new int[0];
    private int freeCount;
    private int lent;
    private int pinned;

    MemoryQueue(int index, MemoryCapture.Settings settings) {
        this.index = index;
        this.settings = settings;
    }

    /** Called once, before the queue is used; {@code filter} null for none. */
    abstract void open(PacketFilter filter, int snapLength);

    /** True when {@link #receive} would have something to say. Asked by the owner while it sleeps. */
    abstract boolean isReady();

    /** About how many packets wait. */
    abstract int there();

    /** How many packets may be lent out now. */
    final int room() {
        int room = settings.maxPackets() - lent;
        return settings.pinsMemory() ? Math.min(room, settings.memoryPackets() - pinned) : room;
    }

    /** A free slot; its handle says which of the queue's slots it is. */
    final Slot take() {
        if (freeCount == 0) {
            grow();
        }
        lent++;
        pinned++;
        return slots[free[--freeCount]];
    }

    private void grow() {
        int old = slots.length;
        int larger = Math.max(64, old * 2);
        slots = Arrays.copyOf(slots, larger);
        free = new int[larger];
        for (int i = larger - 1; i >= old; i--) {
            slots[i] = new Slot(index).handle(i);
            free[freeCount++] = i;
        }
    }

    final int slotCount() {
        return slots.length;
    }

    final void give(Slot slot) {
        if (!slot.isDetached()) {
            pinned--;
        }
        lent--;
        slot.clear();
        free[freeCount++] = (int) slot.handle();
    }

    final void count(Verdict verdict) {
        int kind = verdict.kind().ordinal();
        // One writer at a time, the owner: no locked instruction per packet is needed.
        verdicts.setRelease(kind, verdicts.getPlain(kind) + 1);
    }

    final long verdicts(Verdict.Kind kind) {
        return verdicts.getAcquire(kind.ordinal());
    }

    @Override
    public final int index() {
        return index;
    }

    @Override
    public final boolean dispatches() {
        return true;
    }

    @Override
    public final int dispatch(PacketSink sink, int limit) {
        // What comes while these are handed over is for the next time; with none there, the end shows by asking for
        // one.
        int most = Math.min(limit, Math.max(1, there()));
        int handed = 0;
        while (handed < most) {
            int received = receive(one, 1);
            if (received <= 0) {
                return handed > 0 ? handed : received;
            }
            handed++;
            if (PacketSink.handOver(this, one[0], sink) == PacketSink.Answer.LOST) {
                break;
            }
        }
        return handed;
    }

    @Override
    public final void await(long timeoutNs) {
        doorbell.await(timeoutNs, ready);
    }

    @Override
    public final void wakeup() {
        doorbell.ring();
    }

    @Override
    public void detach(Slot slot) {
        if (!slot.isDetached()) {
            throw new IllegalStateException("detach of a slot whose bytes were not copied (Slot.detach comes first)");
        }
        pinned--;
    }

    abstract void close();
}
