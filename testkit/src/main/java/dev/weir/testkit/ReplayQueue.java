package dev.weir.testkit;

import dev.weir.Verdict;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** A queue that gives the same frames again and again, straight from one buffer: nothing per packet but the slot. */
final class ReplayQueue extends MemoryQueue {
    private static final long STEP_NS = 1_000;

    private final ByteBuffer memory;
    private final int[] offsets;
    private final int[] lengths;
    private final int linkType;
    private final AtomicLong allowed = new AtomicLong();
    private volatile boolean ending;
    private int snapLength = Integer.MAX_VALUE;
    private long delivered;
    private int next;
    private long timestampNs;
    private boolean endSeen;

    ReplayQueue(int index, MemoryCapture.Settings settings, Iterable<byte[]> frames, int linkType, long startNs) {
        super(index, settings);
        this.linkType = linkType;
        this.timestampNs = startNs;
        int count = 0;
        int total = 0;
        for (byte[] frame : frames) {
            count++;
            total += frame.length;
        }
        memory = ByteBuffer.allocateDirect(Math.max(total, 1));
        offsets = new int[count];
        lengths = new int[count];
        int i = 0;
        for (byte[] frame : frames) {
            offsets[i] = memory.position();
            lengths[i++] = frame.length;
            memory.put(frame);
        }
    }

    void open(int snapLength) {
        this.snapLength = snapLength;
    }

    void play(long rounds) {
        long more = Math.multiplyExact(rounds, (long) offsets.length);
        allowed.accumulateAndGet(more, Math::addExact);
        doorbell.nudge();
    }

    void end() {
        ending = true;
        doorbell.nudge();
    }

    @Override
    boolean isReady() {
        return delivered < allowed.get() ? room() > 0 : ending && !endSeen;
    }

    @Override
    public int receive(Slot[] out, int limit) {
        boolean last = ending;
        long left = allowed.get() - delivered;
        if (left <= 0) {
            endSeen = last;
            return last ? END : 0;
        }
        int count = (int) Math.min(left, Math.min(Math.min(limit, out.length), room()));
        for (int i = 0; i < count; i++) {
            Slot slot = take();
            int length = lengths[next];
            slot.fill(memory, offsets[next], Math.min(length, snapLength), length, linkType, timestampNs);
            timestampNs += STEP_NS;
            next = next + 1 == offsets.length ? 0 : next + 1;
            out[i] = slot;
        }
        delivered += count;
        return count;
    }

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        count(verdict);
        return true;
    }

    @Override
    public void release(Slot slot) {
        give(slot);
    }

    @Override
    public void stopIntake() {
        allowed.set(delivered);
        end();
    }

    @Override
    void close() {
        closed = true;
    }
}
