package dev.weir.pcap;

import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.bpf.PacketFilter;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The packets of a file. Slots show them where the file was read to; a block of the file is read over when none of its
 * packets is out any more, so that a packet which is held long should be detached.
 */
final class PcapCaptureQueue implements CaptureQueue {
    private static final PacketOrigin[] COOKED_ORIGINS = {
        // PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST, _OUTGOING of linux/if_packet.h
        PacketOrigin.HOST,
        PacketOrigin.BROADCAST,
        PacketOrigin.MULTICAST,
        PacketOrigin.OTHER_HOST,
        PacketOrigin.OUTGOING
    };

    private static final int MOST_REFUSED_AT_ONCE = 4096;

    private final int maxPackets;
    private final boolean recordedPace;
    private final SlotPool pool = new SlotPool(0);

    private CaptureFileReader reader;
    private PacketFilter filter;
    private Supplier<ByteSource> reopen;
    private int turnsLeft;

    private boolean peeked;
    private boolean pending;
    private boolean finished;
    private long shiftNs;
    private long latestNs = Long.MIN_VALUE;
    private boolean paceStarted;
    private long paceStartNano;
    private long paceStartNs;

    private volatile boolean stopped;
    private volatile boolean woken;
    private volatile Thread waiting;

    PcapCaptureQueue(int maxPackets, boolean recordedPace) {
        this.maxPackets = maxPackets;
        this.recordedPace = recordedPace;
    }

    /**
     * Gives the queue what it reads, before anybody uses it.
     *
     * @param reopen for further turns
     * @param turns how often the file is read, 0 for ever
     */
    void start(CaptureFileReader reader, Supplier<ByteSource> reopen, int turns) {
        this.reader = reader;
        this.reopen = reopen;
        this.turnsLeft = turns;
    }

    /** The link type of the first packet, which is kept for {@link #receive}; Ethernet when there is none. */
    int firstLinkType() {
        try {
            peeked = reader.advance() == CaptureFileReader.PACKET;
        } catch (WeirException e) {
            peeked = false; // receive() meets it again
        }
        return peeked ? reader.linkType() : LinkType.ETHERNET;
    }

    /** Takes only what matches; before anybody uses the queue. */
    void filter(PacketFilter filter) {
        this.filter = filter;
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public int receive(Slot[] slots, int limit) {
        if (finished || stopped) {
            finished = true;
            return END;
        }
        int most = Math.min(Math.min(limit, slots.length), maxPackets - pool.lent());
        int count = 0;
        while (count < most) {
            if (!pending) {
                int found;
                try {
                    found = nextMatch();
                } catch (WeirException e) {
                    if (count > 0) {
                        return count; // the reader says it again
                    }
                    throw e;
                }
                if (found == CaptureFileReader.NOTHING_YET) {
                    return count;
                }
                if (found == CaptureFileReader.END) {
                    finished = true;
                    return count > 0 ? count : END;
                }
                pending = true;
            }
            if (recordedPace && untilDueNs() > 0) {
                return count;
            }
            pending = false;
            slots[count++] = lend();
        }
        return count;
    }

    /** The next packet that the filter takes; after many that it does not, nothing yet. */
    private int nextMatch() {
        for (int i = 0; i < MOST_REFUSED_AT_ONCE; i++) {
            int found = advance();
            if (found != CaptureFileReader.PACKET) {
                return found;
            }
            latestNs = Math.max(latestNs, reader.timestampNs() + shiftNs);
            if (filter == null
                    || filter.matches(
                            reader.memory(),
                            reader.dataOffset(),
                            reader.capturedLength(),
                            reader.wireLength(),
                            reader.linkType())) {
                return found;
            }
        }
        return CaptureFileReader.NOTHING_YET;
    }

    private int advance() {
        if (peeked) {
            peeked = false;
            return CaptureFileReader.PACKET;
        }
        int found = reader.advance();
        while (found == CaptureFileReader.END && nextTurn()) {
            found = reader.advance();
            if (found == CaptureFileReader.END) {
                return found; // a file without packets: turning it again would never end
            }
            if (found == CaptureFileReader.PACKET) {
                shiftNs = latestNs + 1 - reader.timestampNs();
            }
        }
        return found;
    }

    private boolean nextTurn() {
        if (turnsLeft == 1 || reopen == null) {
            return false;
        }
        if (turnsLeft > 0) {
            turnsLeft--;
        }
        reader.restart(reopen.get());
        return true;
    }

    private Slot lend() {
        long timestampNs = reader.timestampNs() + shiftNs;
        Slot slot = pool.take();
        slot.fill(
                reader.memory(),
                reader.dataOffset(),
                reader.capturedLength(),
                reader.wireLength(),
                reader.linkType(),
                timestampNs);
        slot.interfaceIndex(reader.interfaceIndex()).origin(origin()).handle(reader.lend());
        return slot;
    }

    /** From the flags of a pcapng packet, else from a cooked header. */
    private PacketOrigin origin() {
        int flags = reader.flags();
        if (flags != 0) {
            return PcapngBlocks.origin(flags);
        }
        int type = -1;
        if (reader.linkType() == LinkType.LINUX_SLL && reader.capturedLength() >= 2) {
            type = reader.memory().get(reader.dataOffset() + 1);
        } else if (reader.linkType() == LinkType.LINUX_SLL2 && reader.capturedLength() >= 11) {
            type = reader.memory().get(reader.dataOffset() + 10);
        }
        return type >= 0 && type < COOKED_ORIGINS.length ? COOKED_ORIGINS[type] : PacketOrigin.UNKNOWN;
    }

    /** How long until the packet at hand was recorded, counted from when the first one was delivered. */
    private long untilDueNs() {
        long timestampNs = reader.timestampNs() + shiftNs;
        long now = System.nanoTime();
        if (!paceStarted) {
            paceStarted = true;
            paceStartNano = now;
            paceStartNs = timestampNs;
        }
        return timestampNs - paceStartNs - (now - paceStartNano);
    }

    @Override
    public void await(long timeoutNs) {
        waiting = Thread.currentThread();
        try {
            long waitNs = Math.min(timeoutNs, nothingForNs());
            if (!woken && waitNs > 0) {
                LockSupport.parkNanos(this, waitNs);
            }
        } finally {
            waiting = null;
            woken = false;
        }
    }

    /** How long nothing can come without a {@link #wakeup}. */
    private long nothingForNs() {
        if (finished || pool.lent() >= maxPackets) {
            return Long.MAX_VALUE;
        }
        if (stopped) {
            return 0;
        }
        if (pending) {
            return recordedPace ? untilDueNs() : 0;
        }
        return reader.isReady() ? 0 : Long.MAX_VALUE;
    }

    @Override
    public void wakeup() {
        woken = true;
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        return true;
    }

    @Override
    public void detach(Slot slot) {
        reader.release((int) slot.handle());
    }

    @Override
    public void release(Slot slot) {
        if (!slot.isDetached()) {
            reader.release((int) slot.handle());
        }
        pool.give(slot);
    }

    @Override
    public void stopIntake() {
        stopped = true;
    }

    void close() {
        finished = true;
        reader.close();
    }
}
