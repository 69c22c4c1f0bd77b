package dev.weir.afpacket;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.Doorbell;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Poll;
import dev.weir.linux.Poller;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CapturedLink;
import dev.weir.spi.Coalescing;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue: a packet socket, its ring and the sleep of their owner.
 *
 * <p><b>Sleep.</b> {@link #await} polls the socket and the doorbell. It spins for {@value #SPIN_NS} ns first where that
 * paid lately: when the last sleeps were that short. Traffic that comes more seldom, and no traffic, costs no spinning.
 * While packets come densely it sleeps by the clock and polls the doorbell alone ({@link Coalescing}).
 *
 * <p><b>The interface</b> going down fails the socket once (ENETDOWN); that it is up again the socket does not tell, and
 * the kernel simply goes on. Deleting it takes the binding away for good. So while the interface is not known to be up,
 * it is looked for every {@value #LINK_CHECK_MS} ms, and the socket is bound again to a new one of the same name.
 */
final class RingQueue implements CaptureQueue {
    private static final Logger LOG = LoggerFactory.getLogger(RingQueue.class);

    private static final long SPIN_NS = 60_000;
    /** Fruitless spins after which it is given up, until a sleep turns out short. */
    private static final int SPIN_CREDIT = 16;

    /** Packets in a sleep by the clock that make it worth it: they then take longer than waking up does. */
    private static final int WORTH_A_SLEEP = 4096;

    /** Of the ring one part in so many gathers in a sleep: packets may come so many times as fast, and none is lost. */
    static final int SHARE_OF_RING = 8;

    private static final long LINK_CHECK_MS = 100;
    private static final long LINK_CHECK_NS = LINK_CHECK_MS * 1_000_000;

    /** After the intake was stopped, what was on its way has this long to arrive, beyond the retire timeout. */
    private static final long DRAIN_GRACE_NS = 2_000_000;
    /** When the kernel's count and ours never meet, stopping does not wait for ever. */
    private static final long DRAIN_LIMIT_NS = 1_000_000_000;

    /** The handle of a slot whose memory was given back already. */
    private static final long NO_MEMORY = -1;

    private static final int SOCKET = 0;
    private static final int DOORBELL = 1;

    private final int index;
    private final AfPacketSource source;
    private final Doorbell doorbell;
    private final SlotPool pool;
    private final long retireTimeoutNs;
    private final Coalescing coalescing;
    private final int maxPackets;

    /** Rings of before, with slots that are still out. */
    private final List<Attachment> former = new ArrayList<>();

    private Attachment attached;
    private Ring ring;
    private int generation;

    private int spinCredit;
    private boolean linkSuspect;
    private long nextLinkCheckNs;
    private long goneSinceNs;
    private String followFailure = "";
    private boolean stopping;
    private long stoppedAtNs;
    private boolean ended;
    private long droppedBefore;
    private volatile long dropped;

    /** A socket with its ring, and a poller over both it and the doorbell. */
    record Attachment(PacketSocket socket, Ring ring, Poller poller) {
        /**
         * Closes the socket and unmaps the ring. What is out of it stays readable, in a copy: a ring that is mapped
         * keeps its socket alive.
         *
         * @return packets that are still out
         */
        int close() {
            int lent = ring.lent();
            if (lent == 0) {
                socket.ring().close();
            } else {
                leaveReadable();
            }
            socket.close();
            return lent;
        }

        private void leaveReadable() {
            try {
                socket.ring().leaveCopy(ring.unitBytes(), ring::isHeld);
            } catch (LinuxException e) {
                LOG.warn("the receive ring stays mapped and its socket open: {}", e.getMessage());
                socket.accept(Filter.NOTHING);
                socket.ring().leaveMapped();
            }
        }
    }

    RingQueue(int index, AfPacketSource source, Doorbell doorbell, SlotPool pool, Attachment attachment) {
        this.index = index;
        this.source = source;
        this.doorbell = doorbell;
        this.pool = pool;
        this.retireTimeoutNs = source.settings().lowLatency()
                ? 0
                : TimeUnit.MILLISECONDS.toNanos(source.settings().retireTimeoutMs());
        this.coalescing = new Coalescing(
                source.settings().coalesceNs(), WORTH_A_SLEEP, source.settings().blocks() / SHARE_OF_RING);
        this.maxPackets = source.traits().maxPackets();
        attach(attachment);
    }

    private void attach(Attachment attachment) {
        attached = attachment;
        ring = attachment.ring();
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public int receive(Slot[] slots, int limit) {
        return orEnd(ring.receive(slots, Math.min(Math.min(limit, slots.length), maxPackets - pool.lent())));
    }

    @Override
    public boolean dispatches() {
        return true;
    }

    @Override
    public int dispatch(PacketSink sink, int limit) {
        return orEnd(ring.dispatch(sink, Math.min(limit, maxPackets - pool.lent())));
    }

    private int orEnd(int count) {
        return count == 0 && stopping && isDrained() ? END : count;
    }

    @Override
    public void await(long timeoutNs) {
        if (doorbell.answer() || ring.isReady()) {
            return;
        }
        long startNs = System.nanoTime();
        if (linkSuspect && startNs - nextLinkCheckNs >= 0) {
            checkLink(startNs);
        }
        if (timeoutNs <= 0) {
            return;
        }
        if (spinCredit > 0) {
            spinCredit--;
            long untilNs = startNs + Math.min(SPIN_NS, timeoutNs);
            do {
                Thread.onSpinWait();
                if (ring.isReady()) {
                    spinCredit = SPIN_CREDIT;
                    return;
                }
                if (doorbell.answer()) {
                    return;
                }
            } while (System.nanoTime() - untilNs < 0);
        }
        long gatherNs = stopping ? 0 : coalescing.sleepNs(startNs, ring.taken, ring.opened);
        if (gatherNs > 0) {
            doorbell.sleep(Math.min(gatherNs, timeoutNs));
            return;
        }
        sleep(timeoutNs);
        if (ring.isReady() && System.nanoTime() - startNs < SPIN_NS) {
            spinCredit = SPIN_CREDIT;
        }
    }

    private void sleep(long timeoutNs) {
        Poller poller = attached.poller();
        long limitNs = timeoutNs;
        // Readable would be said at once of a unit that is only held: then look again when the next may be there.
        boolean held = ring.isNewestHeld();
        poller.watch(SOCKET, held ? 0 : Poll.IN);
        if (held) {
            limitNs = Math.min(limitNs, Math.max(retireTimeoutNs, 1_000_000));
        }
        if (linkSuspect) {
            limitNs = Math.min(limitNs, LINK_CHECK_NS);
        }
        if (stopping) {
            limitNs = Math.min(limitNs, retireTimeoutNs + DRAIN_GRACE_NS);
        }
        if (doorbell.sleep(poller, DOORBELL, limitNs) && poller.hasFailed(SOCKET)) {
            // The error is told once; what it means is found out by looking at the interface.
            attached.socket().socket().takeError();
            checkLink(System.nanoTime());
        }
    }

    @Override
    public void wakeup() {
        doorbell.ring();
    }

    /** Copies only: nothing can be carried out. */
    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        return true;
    }

    @Override
    public void detach(Slot slot) {
        giveBackMemory(slot.handle(), 1);
        slot.handle(NO_MEMORY);
    }

    @Override
    public void release(Slot slot) {
        giveBackMemory(slot.handle(), 1);
        pool.give(slot);
    }

    @Override
    public void release(Slot[] slots, int count) {
        for (int i = 0; i < count; ) {
            long handle = slots[i].handle();
            int from = i;
            do {
                i++;
            } while (i < count && slots[i].handle() == handle); // mostly neighbours in a block
            giveBackMemory(handle, i - from);
        }
        pool.give(slots, count);
    }

    private void giveBackMemory(long handle, int packets) {
        if (handle == NO_MEMORY) {
            return;
        }
        int unit = (int) handle;
        int from = (int) (handle >>> Integer.SIZE);
        if (from == generation) {
            ring.giveBack(unit, packets);
        } else {
            giveBackFormer(from, unit, packets);
        }
    }

    private void giveBackFormer(int from, int unit, int packets) {
        for (Attachment attachment : former) {
            if (attachment.ring().generation() == from) {
                attachment.ring().giveBack(unit, packets);
                if (attachment.ring().lent() == 0) {
                    attachment.close();
                    former.remove(attachment);
                }
                return;
            }
        }
    }

    @Override
    public void stopIntake() {
        attached.socket().accept(Filter.NOTHING);
        stopping = true;
        stoppedAtNs = System.nanoTime();
    }

    /**
     * True when nothing can come any more: a block that was open when the intake stopped has been handed over by its
     * timer, and we have seen as many packets as the kernel says it delivered.
     */
    private boolean isDrained() {
        if (ended) {
            return true;
        }
        long passedNs = System.nanoTime() - stoppedAtNs;
        if (passedNs < retireTimeoutNs + DRAIN_GRACE_NS || ring.isReady()) {
            return false;
        }
        attached.socket().readStatistics();
        ended = ring.taken == attached.socket().delivered() || passedNs > retireTimeoutNs + DRAIN_LIMIT_NS;
        return ended;
    }

    @Override
    public void refreshLosses() {
        attached.socket().readStatistics();
        dropped = droppedBefore + attached.socket().dropped();
    }

    @Override
    public long lost(Loss loss) {
        return loss == Loss.RING_FULL ? dropped : 0;
    }

    /** Lets packets in. */
    void start() {
        attached.socket().accept(source.filter().kernel());
    }

    /** For the source, while it opens: the interface may be down from the start. */
    void suspectLink() {
        linkSuspect = true;
        nextLinkCheckNs = System.nanoTime();
    }

    private void checkLink(long nowNs) {
        linkSuspect = true;
        nextLinkCheckNs = nowNs + LINK_CHECK_NS;
        if (source.isEveryInterface()) {
            linkSuspect = false;
            return;
        }
        PacketSocket socket = attached.socket();
        int bound = socket.boundInterface();
        Optional<NetworkInterface> there =
                bound > 0 ? Interfaces.find(socket.socket(), bound) : Interfaces.find(socket.socket(), source.target());
        if (there.isEmpty()) {
            source.link().found(CapturedLink.State.GONE, 0);
            return;
        }
        NetworkInterface found = there.get();
        if (bound <= 0 && (stopping || !follow(found, nowNs))) {
            return;
        }
        source.link().found(found.isUp() ? CapturedLink.State.UP : CapturedLink.State.DOWN, found.index());
        linkSuspect = !found.isUp();
    }

    /** The interface was deleted, and there is another of its name: true when that one is captured from. */
    private boolean follow(NetworkInterface found, long nowNs) {
        try {
            if (source.isShared()) {
                if (goneSinceNs == 0) {
                    goneSinceNs = nowNs;
                }
                // the last packets of the one before may still be in an open block
                if (ring.isReady() || nowNs - goneSinceNs < retireTimeoutNs) {
                    return false;
                }
                exchange(found);
                goneSinceNs = 0;
            } else {
                source.bind(attached.socket(), found);
                ring.interfaceIndex(found.index());
            }
            followFailure = "";
            return true;
        } catch (WeirException e) {
            // It may be half made, or gone again: the next look tells.
            if (!e.getMessage().equals(followFailure)) {
                followFailure = e.getMessage();
                LOG.warn(
                        "the interface {} is there again, but cannot be captured from: {}",
                        found.name(),
                        followFailure);
            }
            return false;
        }
    }

    /** A socket cannot leave its fanout group, and one in a group cannot be bound again: takes a new one. */
    private void exchange(NetworkInterface found) {
        Attachment next = source.attach(
                pool, doorbell, generation + 1, found, attached.socket().etherType());
        Attachment before = attached;
        before.socket().readStatistics();
        droppedBefore += before.socket().dropped();
        generation++;
        attach(next);
        if (before.ring().lent() > 0) {
            former.add(before);
        } else {
            before.close();
        }
        next.socket().accept(source.filter().kernel());
    }

    /** @return packets that are still out */
    int close() {
        int lent = attached.close();
        for (Attachment attachment : former) {
            lent += attachment.close();
        }
        doorbell.close();
        return lent;
    }

    /** All bits of {@code tp_status} seen so far; any thread, roughly. */
    int statusSeen() {
        return ring.statusSeen();
    }
}
