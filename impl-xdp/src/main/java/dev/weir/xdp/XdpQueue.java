package dev.weir.xdp;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.linux.Doorbell;
import dev.weir.linux.Fd;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.XdpDesc;
import dev.weir.linux.Poll;
import dev.weir.linux.Poller;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Coalescing;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import dev.weir.spi.WallClock;
import java.nio.ByteBuffer;

/**
 * A capture queue: a receive queue of an interface, on a bridge the same one of both interfaces, and the frames that
 * packets come in.
 *
 * <p><b>A packet</b> is read where the kernel put it. The frame is lent with its slot, and goes back into a fill ring when
 * it was released and, on a bridge, has come back by the completion ring of the other side. Frames come back in any order.
 *
 * <p><b>The interface.</b> A socket does not tell by poll that its interface went away; it is asked every
 * {@value #CHECK_MS} ms. When all interfaces are there again, the queue takes new sockets over the same memory, so that
 * packets that are still out stay readable.
 */
final class XdpQueue implements CaptureQueue {
    private static final long CHECK_MS = 200;
    private static final long CHECK_NS = CHECK_MS * 1_000_000;

    /** While frames are on their way out, they are looked for as often. */
    private static final long COMPLETION_NS = 1_000_000;

    /** After the intake was stopped, a packet that was under way has arrived. */
    private static final long DRAIN_NS = 5_000_000;

    /** Packets that make a sleep by the clock worth it: a veth wakes the receiver for every 64 packets at most. */
    private static final int WORTH_A_SLEEP = 64;

    /** Of a ring's entries that one in so many gathers in a sleep: packets may come so many times as fast, and none is lost. */
    private static final int SHARE_OF_RING = 4;

    private static final int PORT_SHIFT = 56;
    private static final long CHAINED = 1L << (PORT_SHIFT - 1);
    private static final long ADDRESS_MASK = CHAINED - 1;

    private final int index;
    private final XdpSource source;
    private final Umem umem;
    private final int base;
    private final Frames frames;
    private final Layout layout;
    private final Port[] ports;
    private final boolean bridge;
    private final boolean busyPolling;
    private final Fragments fragments;
    private final Doorbell doorbell = new Doorbell();
    private final SlotPool pool;
    private final WallClock clock = new WallClock();
    private final ByteBuffer memory;

    private final Coalescing coalescing;
    private long received;

    /** For sleeps that a packet ends. */
    private Poller poller;

    private int turn;

    /** What was read ahead; written so that the reads are not left out. */
    private int touched;

    private long nextCheckNs;
    private boolean stopping;
    private long stoppedAtNs;

    private volatile long ringFull;
    private volatile long fillEmpty;
    private volatile long invalid;
    private volatile long tooLarge;

    /** Not open yet: {@link #open} follows. */
    XdpQueue(int index, XdpSource source, Umem umem, int base, Port[] ports, Frames frames, Layout layout) {
        this.index = index;
        this.source = source;
        this.umem = umem;
        this.base = base;
        this.frames = frames;
        this.layout = layout;
        this.ports = ports;
        this.bridge = ports.length > 1;
        this.busyPolling = source.settings().busyPollUs() > 0;
        this.fragments = new Fragments(umem, base, layout.multiBuffer() ? layout.frames() : 0);
        this.pool = new SlotPool(index);
        this.memory = umem.bytes();
        int gathered = source.settings().ringSize() / SHARE_OF_RING;
        this.coalescing =
                new Coalescing(source.settings().coalesceNs(), WORTH_A_SLEEP, gathered < WORTH_A_SLEEP ? 0 : gathered);
    }

    /** Takes bound sockets, one for each port, and makes them ready to receive. */
    void open(Attachment[] attachments) {
        Fd[] watched = new Fd[ports.length + 1];
        for (int i = 0; i < ports.length; i++) {
            ports[i].open(attachments[i]);
            ports[i].fill();
            watched[i] = attachments[i].socket().fd();
        }
        watched[ports.length] = doorbell.event().fd();
        poller = new Poller(watched);
        nextCheckNs = System.nanoTime() + CHECK_NS;
    }

    Port[] ports() {
        return ports;
    }

    Frames frames() {
        return frames;
    }

    @Override
    public int index() {
        return index;
    }

    // ---------------------------------------------------------------------------------------------- receiving

    @Override
    public int receive(Slot[] slots, int limit) {
        int most = Math.min(limit, slots.length);
        if (layout.mayBeLent() - frames.lent() < most * layout.framesPerPacket()) {
            most = Math.max(0, (layout.mayBeLent() - frames.lent()) / layout.framesPerPacket());
        }
        int count = 0;
        if (most > 0) {
            if (busyPolling && !hasPackets()) {
                for (Port port : ports) {
                    port.poll();
                }
            }
            // By turns: a busy side of a bridge does not starve the other.
            for (int i = 0; i < ports.length && count < most; i++) {
                Port port = ports[turn];
                if (port.isOpen()) {
                    count = layout.multiBuffer()
                            ? receivePieces(port, slots, count, most)
                            : receive(port, slots, count, most);
                }
                turn = turn + 1 == ports.length ? 0 : turn + 1;
            }
        }
        received += count;
        if (count == 0 && stopping && System.nanoTime() - stoppedAtNs > DRAIN_NS && !hasPackets()) {
            return END;
        }
        return count;
    }

    private int receive(Port port, Slot[] slots, int from, int most) {
        ConsumerRing ring = port.socket().received();
        int there = ring.peek(most - from);
        if (there == 0) {
            return from;
        }
        ByteBuffer entries = ring.memory;
        long nowNs = clock.nowNs();
        long mark = (long) port.number() << PORT_SHIFT;
        int interfaceIndex = port.interfaceIndex();
        boolean checksums = port.checksumsComplete();
        int sum = 0;
        for (int i = 0; i < there; i++) {
            int at = ring.descriptor(i);
            long address = entries.getLong(at + XdpDesc.ADDR);
            int length = entries.getInt(at + XdpDesc.LEN);
            // Another processor wrote the packet: its headers are fetched for the whole batch at once, and not packet
            // by packet while each is looked at.
            sum += memory.get((int) address);
            frames.lend(umem.frameOf(address));
            Slot slot = pool.take()
                    .fill(memory, (int) address, length, length, LinkType.ETHERNET, nowNs)
                    .interfaceIndex(interfaceIndex)
                    .handle(mark | address);
            if (!checksums) {
                slot.checksumsComplete(false);
            }
            slots[from + i] = slot;
        }
        touched = sum;
        ring.release(there);
        port.taken(there);
        return from + there;
    }

    /** As {@link #receive(Port, Slot[], int, int)}, where a packet may take several descriptors. */
    private int receivePieces(Port port, Slot[] slots, int from, int most) {
        ConsumerRing ring = port.socket().received();
        long nowNs = clock.nowNs();
        int count = from;
        // Ends: each turn takes a descriptor out of the ring, and a packet has a bounded number of them.
        while (count < most && ring.peek(1) > 0) {
            int at = ring.descriptor(0);
            long address = ring.memory.getLong(at + XdpDesc.ADDR);
            int length = ring.memory.getInt(at + XdpDesc.LEN);
            boolean goesOn = (ring.memory.getInt(at + XdpDesc.OPTIONS) & IfXdp.Newer.XDP_PKT_CONTD) != 0;
            frames.lend(umem.frameOf(address));
            ring.release(1);
            port.taken(1);
            Slot slot = null;
            long mark = (long) port.number() << PORT_SHIFT;
            if (goesOn || fragments.isOpen()) {
                fragments.add(address, length);
                if (!goesOn) {
                    int head = fragments.finish();
                    int total = fragments.totalBytes();
                    slot = pool.take()
                            .fill(fragments.bytes(head), 0, total, total, LinkType.ETHERNET, nowNs)
                            .handle(mark | CHAINED | head);
                }
            } else {
                slot = pool.take()
                        .fill(memory, (int) address, length, length, LinkType.ETHERNET, nowNs)
                        .handle(mark | address);
            }
            if (slot != null) {
                slot.interfaceIndex(port.interfaceIndex());
                slot.checksumsComplete(port.checksumsComplete());
                slots[count++] = slot;
            }
        }
        return count;
    }

    private boolean hasPackets() {
        for (Port port : ports) {
            if (port.hasPackets()) {
                return true;
            }
        }
        return false;
    }

    private boolean mayLend() {
        return layout.mayBeLent() - frames.lent() >= layout.framesPerPacket();
    }

    @Override
    public void await(long timeoutNs) {
        boolean mayLend = mayLend();
        if (doorbell.answer() || mayLend && hasPackets()) {
            return;
        }
        long nowNs = System.nanoTime();
        maintain(nowNs);
        if (timeoutNs <= 0) {
            return;
        }
        long limitNs = Math.min(timeoutNs, Math.max(0, nextCheckNs - nowNs));
        if (frames.sending() > 0) {
            flush();
            limitNs = frames.sending() > 0 ? Math.min(limitNs, COMPLETION_NS) : limitNs;
        }
        if (stopping) {
            limitNs = Math.min(limitNs, DRAIN_NS);
        }
        long gatherNs = mayLend && !stopping ? coalescing.sleepNs(nowNs, received, received) : 0;
        if (gatherNs > 0) {
            doorbell.sleep(Math.min(limitNs, gatherNs));
        } else {
            for (int i = 0; i < ports.length; i++) {
                if (!ports[i].isOpen()) {
                    poller.ignore(i);
                } else {
                    poller.watch(i, mayLend ? Poll.IN : 0);
                }
            }
            doorbell.sleep(poller, ports.length, limitNs);
        }
    }

    @Override
    public void wakeup() {
        doorbell.ring();
    }

    // ---------------------------------------------------------------------------------------------- verdicts

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        if (!bridge) {
            return true; // the packet ends here, whatever is said of it
        }
        return switch (verdict.kind()) {
            case DROP -> true;
            case ACCEPT -> forward(slot);
            case REPLACE -> slot.replacement() == null ? forward(slot) : forwardReplaced(slot, slot.replacement());
            default -> throw new IllegalArgumentException("a bridge cannot carry out " + verdict.kind());
        };
    }

    /** The port across the bridge, when it can send. */
    private Port across(Slot slot) {
        Port out = ports[1 - (int) (slot.handle() >>> PORT_SHIFT)];
        return out.canSend() ? out : null;
    }

    /** Puts the very frames into the TX ring of the other side. */
    private boolean forward(Slot slot) {
        Port out = across(slot);
        if (out == null || slot.capturedLength() > out.maxFrameLength()) {
            return false;
        }
        long handle = slot.handle();
        if ((handle & CHAINED) != 0) {
            return forwardPieces(out.outlet(), (int) (handle & ADDRESS_MASK));
        }
        if (!out.outlet().hasRoom(1)) {
            return false;
        }
        long address = handle & ADDRESS_MASK;
        frames.send(umem.frameOf(address));
        out.outlet().put(address, slot.capturedLength(), 0);
        return true;
    }

    private boolean forwardPieces(Outlet outlet, int head) {
        if (!outlet.hasRoom(fragments.count(head))) {
            return false;
        }
        for (int frame = head; frame >= 0; frame = fragments.next(frame)) {
            frames.send(base + frame);
            outlet.put(
                    fragments.address(frame),
                    fragments.length(frame),
                    fragments.next(frame) >= 0 ? IfXdp.Newer.XDP_PKT_CONTD : 0);
        }
        return true;
    }

    /** Writes the changed packet over the one that came; what does not fit there goes into free frames. */
    private boolean forwardReplaced(Slot slot, ByteBuffer bytes) {
        Port out = across(slot);
        int length = bytes.limit();
        if (out == null || length > out.maxFrameLength()) {
            return false;
        }
        long handle = slot.handle();
        long address =
                (handle & CHAINED) == 0 ? handle & ADDRESS_MASK : fragments.address((int) (handle & ADDRESS_MASK));
        int room = umem.frameSizeBytes() - (int) (address & (umem.frameSizeBytes() - 1));
        int more = Math.max(0, (length - room + umem.frameSizeBytes() - 1) / umem.frameSizeBytes());
        if (more > 0 && !layout.multiBuffer()
                || more > frames.free()
                || !out.outlet().hasRoom(1 + more)) {
            return false;
        }
        int piece = Math.min(length, room);
        memory.put((int) address, bytes, 0, piece);
        frames.send(umem.frameOf(address));
        out.outlet().put(address, piece, piece < length ? IfXdp.Newer.XDP_PKT_CONTD : 0);
        // Ends: each turn writes a frame full, and there are enough.
        for (int at = piece; at < length; at += piece) {
            piece = Math.min(length - at, umem.frameSizeBytes());
            long next = umem.addressOf(frames.takeToSend());
            memory.put((int) next, bytes, at, piece);
            out.outlet().put(next, piece, at + piece < length ? IfXdp.Newer.XDP_PKT_CONTD : 0);
        }
        return true;
    }

    @Override
    public void release(Slot slot) {
        long handle = slot.handle();
        if ((handle & CHAINED) == 0) {
            frames.release(umem.frameOf(handle & ADDRESS_MASK));
        } else {
            int head = (int) (handle & ADDRESS_MASK);
            for (int frame = head; frame >= 0; frame = fragments.next(frame)) {
                frames.release(base + frame);
            }
            fragments.forget(head);
        }
        pool.give(slot);
    }

    @Override
    public void flush() {
        for (Port port : ports) {
            if (port.isOpen()) {
                if (port.canSend() && !port.outlet().flush()) {
                    nextCheckNs = System.nanoTime(); // the interface is down or gone: find out
                }
                port.fill();
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- the interface

    @Override
    public void refreshLosses() {
        long full = 0;
        long empty = 0;
        long refused = 0;
        long large = 0;
        for (Port port : ports) {
            port.readStatistics();
            full += port.ringFull();
            empty += port.fillEmpty();
            refused += port.invalid();
            large += port.tooLarge();
        }
        ringFull = full;
        fillEmpty = empty;
        invalid = refused;
        tooLarge = large;
        maintain(System.nanoTime());
    }

    @Override
    public long lost(Loss loss) {
        return switch (loss) {
            case RING_FULL -> ringFull;
            case FILL_RING_EMPTY -> fillEmpty;
            case INVALID_DESCRIPTOR -> invalid;
            case TOO_LARGE -> tooLarge;
            default -> 0;
        };
    }

    /** Looks after the interfaces, now and then. */
    private void maintain(long nowNs) {
        if (nowNs - nextCheckNs < 0) {
            return;
        }
        nextCheckNs = nowNs + CHECK_NS;
        source.look(nowNs);
        boolean gone = false;
        for (Port port : ports) {
            gone |= port.isGone();
        }
        if (gone && !stopping && source.areAllThere()) {
            for (Port port : ports) {
                port.close();
            }
            fragments.abandon(frames);
            frames.reclaim();
            Attachment[] anew = source.attachAgain(ports);
            if (anew != null) {
                open(anew);
                source.route(this);
            }
        }
    }

    @Override
    public void stopIntake() {
        source.unroute(this);
        stopping = true;
        stoppedAtNs = System.nanoTime();
    }

    /** Closes the sockets; the number of packets that are still out. */
    int close() {
        for (Port port : ports) {
            if (bridge && port.isOpen()) {
                port.outlet().flush();
            }
            port.close();
        }
        fragments.abandon(frames);
        frames.reclaim();
        doorbell.close();
        return frames.lent();
    }

    @Override
    public String toString() {
        return "queue " + index + ": " + frames + "; lost " + ringFull + " RX ring full, " + fillEmpty
                + " fill ring empty, " + invalid + " invalid, " + tooLarge + " too large";
    }
}
