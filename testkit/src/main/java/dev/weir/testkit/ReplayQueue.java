package dev.weir.testkit;

import dev.weir.Verdict;
import dev.weir.linux.bpf.PacketFilter;
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
    private final AtomicLong rounds = new AtomicLong();
    private volatile int frames;
    private volatile boolean stopped;
    private volatile boolean ending;
    private int snapLength = Integer.MAX_VALUE;
    private long delivered;
    private int next;
    private long timestampNs;
    private boolean endSeen;

    ReplayQueue(int index, MemoryCapture.Settings settings, Iterable<byte[]> prepared, int linkType, long startNs) {
        super(index, settings);
        this.linkType = linkType;
        this.timestampNs = startNs;
        int count = 0;
        int total = 0;
        for (byte[] frame : prepared) {
            count++;
            total += frame.length;
        }
        memory = ByteBuffer.allocateDirect(Math.max(total, 1));
        frames = count;
        offsets = new int[count];
        lengths = new int[count];
        int i = 0;
        for (byte[] frame : prepared) {
            offsets[i] = memory.position();
            lengths[i++] = frame.length;
            memory.put(frame);
        }
    }

    @Override
    void open(PacketFilter filter, int snapLength) {
        this.snapLength = snapLength;
        int kept = 0;
        for (int i = 0; i < frames; i++) {
            if (filter == null || filter.matches(memory, offsets[i], lengths[i], lengths[i], linkType)) {
                offsets[kept] = offsets[i];
                lengths[kept++] = lengths[i];
            }
        }
        frames = kept;
    }

    void play(long more) {
        rounds.accumulateAndGet(more, Math::addExact);
        doorbell.nudge();
    }

    private long left() {
        return stopped ? 0 : Math.multiplyExact(rounds.get(), (long) frames) - delivered;
    }

    void end() {
        ending = true;
        doorbell.nudge();
    }

    @Override
    boolean isReady() {
        return left() > 0 ? room() > 0 : ending && !endSeen;
    }

    @Override
    int there() {
        return frames;
    }

    @Override
    public int receive(Slot[] out, int limit) {
        boolean last = ending;
        long left = left();
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
            next = next + 1 == frames ? 0 : next + 1;
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
        stopped = true;
        end();
    }

    @Override
    void close() {
        closed = true;
    }
}
