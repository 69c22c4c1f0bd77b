package dev.weir.engine;

import dev.weir.Capture;
import dev.weir.Loss;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** A capture without a pipeline: one thread takes from all queues in turn. */
final class StandaloneCapture implements Capture {
    private static final int BATCH = 64;
    private static final int MOST_DISPATCHED = 1024;
    private static final long SHARED_WAIT_NS = 1_000_000;

    /** Reading a source's counters is a system call: not before each sleep of a busy loop. */
    private static final long LOSSES_EVERY_NS = 50_000_000;

    private static final Loss[] LOSS = Loss.values();

    private final String name;
    private final CaptureSource source;
    private final CaptureQueue[] queues;
    private final boolean[] ended;
    private final boolean[] touched;
    private final long[] lossesReadNs;
    private final boolean[] newSinceLosses;
    private final Slot[] slots = new Slot[BATCH];
    private final Batch batch = new Batch();
    private final Judging judging = new Judging();
    private final ToIntFunction<CaptureQueue> receiving = this::receiveFrom;
    private final ToIntFunction<CaptureQueue> dispatching = this::dispatchFrom;

    /** Every slot that was ever lent; those that are out say so themselves. */
    private final List<Slot> known = new ArrayList<>();

    private final boolean passive;
    private int next;
    private int running;
    private volatile boolean woken;
    private boolean closed;

    /** What the application sees of the slots. */
    private final class Batch extends AbstractList<Packet> implements RandomAccess {
        private int size;

        @Override
        public Packet get(int index) {
            Objects.checkIndex(index, size);
            return slots[index];
        }

        @Override
        public int size() {
            return size;
        }
    }

    StandaloneCapture(String name, CaptureSource source) {
        this.name = name;
        this.source = source;
        this.queues = source.queues().toArray(new CaptureQueue[0]);
        this.ended = new boolean[queues.length];
        this.touched = new boolean[queues.length];
        this.lossesReadNs = new long[queues.length];
        Arrays.fill(lossesReadNs, System.nanoTime() - LOSSES_EVERY_NS);
        this.newSinceLosses = new boolean[queues.length];
        this.running = queues.length;
        this.passive = source.traits().passive();
    }

    @Override
    public List<Packet> receive(Duration timeout) {
        checkOpen();
        batch.size = 0;
        return next(timeout, receiving) < 0 ? null : batch;
    }

    @Override
    public int dispatch(Duration timeout, Function<? super Packet, Verdict> judge) {
        checkOpen();
        batch.size = 0;
        judging.judge = Objects.requireNonNull(judge, "judge");
        try {
            return next(timeout, dispatching);
        } finally {
            judging.judge = null;
        }
    }

    /** Takes packets in, waiting for some if need be; 0 when the time ran out, {@link CaptureQueue#END} at the end. */
    private int next(Duration timeout, ToIntFunction<CaptureQueue> intake) {
        flush();
        int taken = takeOnce(intake);
        if (taken > 0) {
            return taken;
        }
        long untilNs = System.nanoTime() + timeout.toNanos();
        while (running > 0) {
            long leftNs = untilNs - System.nanoTime();
            if (leftNs <= 0 || woken) {
                woken = false;
                return 0;
            }
            CaptureQueue queue = queues[next];
            leftNs = Math.min(leftNs, refreshLosses(next));
            // One thread cannot sleep in several queues: with more than one it looks at each every millisecond.
            queue.await(queues.length == 1 ? leftNs : Math.min(leftNs, SHARED_WAIT_NS));
            taken = takeOnce(intake);
            if (taken > 0) {
                return taken;
            }
        }
        return CaptureQueue.END;
    }

    /** Reads a queue's counters when they are due; how long it may sleep until the next time, when packets came since. */
    private long refreshLosses(int index) {
        long dueNs = lossesReadNs[index] + LOSSES_EVERY_NS - System.nanoTime();
        if (dueNs > 0) {
            // A whole interval and not what is left of it: backends sleep better in one long call.
            return newSinceLosses[index] ? LOSSES_EVERY_NS : Long.MAX_VALUE;
        }
        queues[index].refreshLosses();
        lossesReadNs[index] = System.nanoTime();
        newSinceLosses[index] = false;
        return Long.MAX_VALUE;
    }

    /** Takes from the first queue that has something. */
    private int takeOnce(ToIntFunction<CaptureQueue> intake) {
        for (int tried = 0; tried < queues.length; tried++) {
            int at = next;
            next = next + 1 == queues.length ? 0 : next + 1;
            if (ended[at]) {
                continue;
            }
            int taken = intake.applyAsInt(queues[at]);
            if (taken == CaptureQueue.END) {
                ended[at] = true;
                running--;
            } else if (taken > 0) {
                newSinceLosses[at] = true;
                return taken;
            }
        }
        return 0;
    }

    private int receiveFrom(CaptureQueue queue) {
        int received = queue.receive(slots, BATCH);
        for (int i = 0; i < received; i++) {
            lend(slots[i]);
        }
        batch.size = Math.max(0, received);
        return received;
    }

    private int dispatchFrom(CaptureQueue queue) {
        judging.queue = queue;
        touched[queue.index()] = true;
        return queue.dispatches() ? queue.dispatch(judging, MOST_DISPATCHED) : dispatchBatch(queue);
    }

    private int dispatchBatch(CaptureQueue queue) {
        int received = queue.receive(slots, BATCH);
        int judged = 0;
        try {
            while (judged < received) {
                judging.take(slots[judged++]);
            }
        } finally {
            for (int i = judged; i < received; i++) {
                carryOut(queue, slots[i], Verdict.ACCEPT);
            }
            if (received > 0) {
                queue.release(slots, received);
            }
        }
        return received;
    }

    /** Asks the application about one packet after the other. */
    private final class Judging implements PacketSink {
        private Function<? super Packet, Verdict> judge;
        private CaptureQueue queue;

        @Override
        public Answer take(Slot slot) {
            Verdict verdict = Verdict.ACCEPT;
            try {
                verdict = possible(Objects.requireNonNull(judge.apply(slot), "null instead of a verdict"));
            } finally {
                carryOut(queue, slot, verdict);
            }
            return Answer.DONE;
        }
    }

    private void lend(Slot slot) {
        if (slot.attachment() != this) {
            slot.attachment(this);
            known.add(slot);
        }
        slot.lent(true);
    }

    private void flush() {
        for (int i = 0; i < queues.length; i++) {
            if (touched[i]) {
                touched[i] = false;
                queues[i].flush();
            }
        }
    }

    @Override
    public void finish(Packet packet, Verdict verdict) {
        checkOpen();
        if (!(packet instanceof Slot slot) || slot.attachment() != this) {
            throw new WeirException("only packets of this capture can be finished");
        }
        if (!slot.isLent()) {
            throw new IllegalStateException("a packet of " + name + " was finished twice");
        }
        int index = slot.queue();
        CaptureQueue queue = queues[index];
        carryOut(queue, slot, possible(verdict));
        slot.lent(false);
        queue.release(slot);
        touched[index] = true;
    }

    private Verdict possible(Verdict verdict) {
        if (!passive && !source.traits().carriesOut().contains(verdict.kind())) {
            throw new WeirException(name + " cannot carry out " + verdict.kind() + "; it can: "
                    + source.traits().carriesOut());
        }
        return verdict;
    }

    private void carryOut(CaptureQueue queue, Slot slot, Verdict verdict) {
        if (!passive) {
            queue.verdict(slot, verdict);
        }
    }

    @Override
    public void wakeup() {
        woken = true;
        for (CaptureQueue queue : queues) {
            queue.wakeup();
        }
    }

    @Override
    public Set<Verdict.Kind> carriesOut() {
        return source.traits().carriesOut();
    }

    @Override
    public Map<Loss, Long> losses() {
        Map<Loss, Long> losses = new EnumMap<>(Loss.class);
        for (Loss loss : LOSS) {
            long sum = 0;
            for (CaptureQueue queue : queues) {
                sum += queue.lost(loss);
            }
            if (sum != 0) {
                losses.put(loss, sum);
            }
        }
        return losses;
    }

    @Override
    public String explain() {
        return String.join(System.lineSeparator(), source.explain());
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
        checkIdle();
    }

    /** What is being handed over may lie in memory that another call would give back. */
    private void checkIdle() {
        if (judging.judge != null) {
            throw new IllegalStateException(name + " is being called by a function that it hands packets to");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            checkIdle();
            for (Slot slot : known) {
                if (slot.isLent()) {
                    finish(slot, Verdict.ACCEPT);
                }
            }
            closed = true;
            flush();
            for (CaptureQueue queue : queues) {
                queue.refreshLosses();
            }
            source.close();
        }
    }
}
