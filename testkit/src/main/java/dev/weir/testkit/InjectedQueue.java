package dev.weir.testkit;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.bpf.PacketFilter;
import dev.weir.spi.Slot;
import java.util.ArrayDeque;
import java.util.Arrays;

/** A queue of packets that a test injects one by one. */
final class InjectedQueue extends MemoryQueue {
    private final boolean passive;
    private final ArrayDeque<InjectedPacket> pending = new ArrayDeque<>();
    private InjectedPacket[] lentPackets = new InjectedPacket[0];
    private boolean[] decided = new boolean[0];
    private PacketFilter filter;
    private int snapLength = Integer.MAX_VALUE;

    private volatile int pendingCount;
    private volatile boolean ending;
    private volatile WeirException failure;
    private volatile long lost;
    private boolean endSeen;

    InjectedQueue(int index, MemoryCapture.Settings settings) {
        super(index, settings);
        this.passive = settings.carriesOut().isEmpty();
    }

    @Override
    void open(PacketFilter filter, int snapLength) {
        this.filter = filter;
        this.snapLength = snapLength;
    }

    void inject(InjectedPacket packet) {
        synchronized (pending) {
            if (closed || ending || failure != null) {
                packet.fate(InjectedPacket.Fate.NOT_CAPTURED);
                return;
            }
            if (pending.size() >= settings.capacity()) {
                lost++;
                packet.fate(InjectedPacket.Fate.LOST);
                return;
            }
            pending.add(packet);
            pendingCount = pending.size();
        }
        doorbell.nudge();
    }

    void end() {
        ending = true;
        doorbell.nudge();
    }

    void fail(WeirException cause) {
        failure = cause;
        doorbell.nudge();
    }

    @Override
    boolean isReady() {
        if (pendingCount > 0) {
            return room() > 0;
        }
        return (ending || failure != null) && !endSeen;
    }

    @Override
    int there() {
        return pendingCount;
    }

    @Override
    public int receive(Slot[] out, int limit) {
        int most = Math.min(Math.min(limit, out.length), room());
        int count = 0;
        synchronized (pending) {
            while (count < most) {
                InjectedPacket packet = pending.poll();
                if (packet == null) {
                    break;
                }
                if (!isWanted(packet)) {
                    packet.fate(InjectedPacket.Fate.FILTERED_OUT);
                    continue;
                }
                out[count++] = lend(packet);
            }
            pendingCount = pending.size();
            if (count > 0 || !pending.isEmpty()) {
                return count;
            }
        }
        WeirException cause = failure;
        if (cause != null) {
            endSeen = true;
            throw cause;
        }
        if (ending) {
            endSeen = true;
            return END;
        }
        return 0;
    }

    private boolean isWanted(InjectedPacket packet) {
        return filter == null
                || filter.matches(packet.memory, 0, packet.frame.length, packet.wireLength, packet.linkType);
    }

    private Slot lend(InjectedPacket packet) {
        Slot slot = take();
        if (lentPackets.length < slotCount()) {
            lentPackets = Arrays.copyOf(lentPackets, slotCount());
            decided = Arrays.copyOf(decided, slotCount());
        }
        int place = (int) slot.handle();
        lentPackets[place] = packet;
        decided[place] = false;
        slot.fill(
                        packet.memory,
                        0,
                        Math.min(packet.frame.length, snapLength),
                        packet.wireLength,
                        packet.linkType,
                        packet.timestampNs)
                .interfaceIndex(packet.interfaceIndex)
                .origin(packet.origin)
                .mark(packet.mark)
                .checksumsComplete(packet.checksumsComplete);
        packet.fate(InjectedPacket.Fate.RECEIVED);
        return slot;
    }

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        InjectedPacket packet = lent(slot, "a verdict");
        if (decided[(int) slot.handle()]) {
            throw new IllegalStateException(packet + " got a second verdict: " + verdict);
        }
        if (!passive && !settings.carriesOut().contains(verdict.kind())) {
            throw new IllegalStateException(packet + " got a verdict that this capture cannot carry out: " + verdict);
        }
        decided[(int) slot.handle()] = true;
        if (packet.refusesVerdict) {
            packet.fate(InjectedPacket.Fate.UNDECIDED);
            return false;
        }
        count(verdict);
        packet.decided(verdict, slot.replacement());
        return true;
    }

    @Override
    public void release(Slot slot) {
        InjectedPacket packet = lent(slot, "a release");
        int place = (int) slot.handle();
        if (!decided[place]) {
            if (!passive) {
                throw new IllegalStateException(packet + " was released without a verdict");
            }
            packet.decided(Verdict.ACCEPT, null);
        }
        lentPackets[place] = null;
        give(slot);
        packet.released();
    }

    @Override
    public void detach(Slot slot) {
        lent(slot, "a detach");
        super.detach(slot);
    }

    private InjectedPacket lent(Slot slot, String what) {
        int place = (int) slot.handle();
        InjectedPacket packet = place < lentPackets.length ? lentPackets[place] : null;
        if (packet == null) {
            throw new IllegalStateException(what + " for a slot that is not lent out");
        }
        return packet;
    }

    @Override
    public void stopIntake() {
        end();
    }

    @Override
    public long lost(Loss loss) {
        return loss == Loss.QUEUE_FULL ? lost : 0;
    }

    @Override
    void close() {
        synchronized (pending) {
            closed = true;
            pending.forEach(packet -> packet.fate(InjectedPacket.Fate.NOT_CAPTURED));
            pending.clear();
            pendingCount = 0;
        }
        for (int i = 0; i < lentPackets.length; i++) {
            if (lentPackets[i] != null && !decided[i]) {
                lentPackets[i].fate(InjectedPacket.Fate.UNDECIDED);
            }
        }
    }
}
