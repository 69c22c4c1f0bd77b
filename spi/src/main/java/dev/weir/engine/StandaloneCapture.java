package dev.weir.engine;

import dev.weir.Capture;
import dev.weir.Loss;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Slot;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;

/** A capture without a pipeline: one thread takes from all queues in turn. */
final class StandaloneCapture implements Capture {
    private static final int BATCH = 64;
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
            java.util.Objects.checkIndex(index, size);
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
        flush();
        batch.size = 0;
        if (receiveOnce()) {
            return batch;
        }
        long untilNs = System.nanoTime() + timeout.toNanos();
        while (running > 0) {
            long leftNs = untilNs - System.nanoTime();
            if (leftNs <= 0 || woken) {
                woken = false;
                return batch;
            }
            CaptureQueue queue = queues[next];
            leftNs = Math.min(leftNs, refreshLosses(next));
            // One thread cannot sleep in several queues: with more than one it looks at each every millisecond.
            queue.await(queues.length == 1 ? leftNs : Math.min(leftNs, SHARED_WAIT_NS));
            if (receiveOnce()) {
                return batch;
            }
        }
        return null;
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

    private boolean receiveOnce() {
        for (int tried = 0; tried < queues.length; tried++) {
            int at = next;
            next = (next + 1) % queues.length;
            if (ended[at]) {
                continue;
            }
            int received = queues[at].receive(slots, BATCH);
            if (received == CaptureQueue.END) {
                ended[at] = true;
                running--;
            } else if (received > 0) {
                batch.size = received;
                newSinceLosses[at] = true;
                for (int i = 0; i < received; i++) {
                    lend(slots[i]);
                }
                return true;
            }
        }
        return false;
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
        if (!passive) {
            if (!source.traits().carriesOut().contains(verdict.kind())) {
                throw new WeirException(name + " cannot carry out " + verdict.kind() + "; it can: "
                        + source.traits().carriesOut());
            }
            queue.verdict(slot, verdict);
        }
        slot.lent(false);
        queue.release(slot);
        touched[index] = true;
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
    }

    @Override
    public void close() {
        if (!closed) {
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
