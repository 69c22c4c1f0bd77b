package dev.weir.nfqueue;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.Doorbell;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.Poller;
import dev.weir.linux.Rights;
import dev.weir.linux.Sock;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotPool;
import dev.weir.spi.WallClock;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One queue: its socket, what came by it, and what is still out. */
final class NfqueueQueue implements CaptureQueue {
    private static final Logger LOG = LoggerFactory.getLogger(NfqueueQueue.class);
    private static final int BATCH = 64;
    private static final int SPARE_BUFFERS = 128;
    private static final int SEND_BUFFER_BYTES = 1 << 20;

    /** Attributes beside the payload: a few hundred bytes; conntrack would be the longest. */
    private static final int MESSAGE_OVERHEAD_BYTES = 2048;

    private static final long CONFIG_TIMEOUT_NS = 2_000_000_000L;

    private final int index;
    private final QueueConfig config;
    private final NetlinkSocket netlink;
    private final int receiveBufferBytes;
    private final Doorbell doorbell;
    private final Poller poller;
    private final ReceiveBuffers buffers;
    private final MessageBatch batch;
    private final VerdictSender verdicts;
    private final Replacements replacements;
    private final FlowMarks marks;

    /** Null where the right for raw sockets lacks: packets are then not rejected. */
    private final Rejector rejector;

    private final WallClock clock = new WallClock();
    private final NetlinkReader reader = new NetlinkReader();
    private final NetlinkWriter writer = new NetlinkWriter(256);
    private final QueuedPacket packet = new QueuedPacket();
    private final SlotPool slots;
    private final KernelCounters kernel;

    /** Where the packet of a slot is, by the slot's number: its buffer, or null when it was copied out. */
    private final Places places = new Places();

    /** Packets that came before the kernel had confirmed the configuration. */
    private final Deque<ByteBuffer> early = new ArrayDeque<>();

    private final IdGaps gaps = new IdGaps();
    private final DecidedPrefix prefix = new DecidedPrefix();
    private boolean passedBy;
    private boolean stopping;
    private boolean ended;
    private boolean warnedOfMissingRule;
    private boolean warnedOfRefusal;

    private volatile long overrun;
    private volatile long queueFull;
    private volatile long flushed;
    private int queueDropped;

    private NfqueueQueue(
            int index,
            QueueConfig config,
            NetlinkSocket socket,
            int receiveBufferBytes,
            FlowMarks marks,
            Rejector rejector) {
        this.receiveBufferBytes = receiveBufferBytes;
        this.marks = marks;
        this.rejector = rejector;
        this.index = index;
        this.config = config;
        this.slots = new SlotPool(index);
        netlink = socket;
        doorbell = new Doorbell();
        try {
            verdicts = new VerdictSender(netlink.socket(), config.queueNumber());
            buffers = new ReceiveBuffers(BATCH, SPARE_BUFFERS, config.copyRange() + MESSAGE_OVERHEAD_BYTES);
            batch = buffers.batch();
            replacements = new Replacements(config.queueNumber(), netlink.socket());
            poller = new Poller(netlink.fd(), doorbell.event().fd());
            bind();
            kernel = KernelCounters.open();
        } catch (RuntimeException | Error e) {
            doorbell.close();
            throw e;
        }
    }

    /**
     * Opens a socket and binds a queue to it.
     *
     * @param options what the queue is asked to be like
     * @param rejector tells senders of rejected packets, closed with the queue; null when that is not possible
     * @throws WeirException when somebody else has the queue, or a right or the kernel's support is missing
     */
    static NfqueueQueue open(int index, int number, QueueOptions options, Rejector rejector) {
        NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_NETFILTER, "nfnetlink_queue");
        try {
            int receiveBufferBytes = socket.socket().setReceiveBuffer(options.receiveBufferBytes());
            socket.socket().setSendBuffer(SEND_BUFFER_BYTES);
            // Otherwise the kernel, once the buffer was full, puts nothing more into it until it is empty. What is lost
            // shows in the ids.
            socket.socket().trySetOption(Sock.SOL_NETLINK, Netlink.NETLINK_NO_ENOBUFS, 1);
            QueueConfig config = options.configOf(number, receiveBufferBytes);
            if (options.kernelTimestamps()) {
                // As long as one socket wants to know when packets came, the kernel stamps all of them.
                socket.socket().setOption("SO_TIMESTAMP", Sock.SOL_SOCKET, Sock.SO_TIMESTAMP, 1);
            }
            return new NfqueueQueue(index, config, socket, receiveBufferBytes, options.marks(), rejector);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    // ---------------------------------------------------------------------------------------------- configuration

    private void bind() {
        int sequence = netlink.nextSequence();
        config.writeBind(writer, sequence);
        int error = converse(sequence);
        if (error == -Errno.EPERM || error == -Errno.EBUSY) {
            throw taken(error);
        }
        if (error == -Errno.EOPNOTSUPP) {
            throw new WeirException("nfqueue:" + config.queueNumber()
                    + ": the kernel does not support an option that was asked for (conntrack needs the module"
                    + " nf_conntrack_netlink and CONFIG_NETFILTER_NETLINK_GLUE_CT); leave it out");
        }
        if (error < 0) {
            throw new LinuxException("bind nfqueue " + config.queueNumber(), -error);
        }
    }

    /** The kernel answers EPERM without the right, and also when somebody else has the queue. */
    private WeirException taken(int error) {
        try (KernelCounters counters = KernelCounters.open()) {
            if (counters != null && counters.read(config.queueNumber())) {
                return new WeirException("nfqueue:" + config.queueNumber()
                        + " belongs to another process (netlink port " + counters.listener()
                        + ", often its process id): stop that one, or use another queue number");
            }
        }
        return new WeirException("nfqueue:" + config.queueNumber()
                + (error == -Errno.EBUSY
                        ? " belongs to another process: stop that one, or use another queue number"
                        : " needs CAP_NET_ADMIN: " + Rights.advice(Rights.Capability.CAP_NET_ADMIN)));
    }

    /** Sends what was written and waits for its acknowledgement; packets that come meanwhile are kept. */
    private int converse(int sequence) {
        long sent = netlink.send(writer);
        if (sent < 0) {
            return (int) sent;
        }
        long untilNs = System.nanoTime() + CONFIG_TIMEOUT_NS;
        while (System.nanoTime() < untilNs) {
            int received = batch.receive(netlink.socket(), 1);
            if (Errno.isRetry(received)) {
                poller.poll(CONFIG_TIMEOUT_NS);
                continue;
            }
            if (received == -Errno.ENOBUFS) {
                continue; // the ids will say how many were lost
            }
            if (received < 0) {
                return received;
            }
            ByteBuffer bytes = buffers.at(0).bytes();
            reader.wrap(bytes, 0, Math.min(batch.movedBytes(0), bytes.capacity()));
            while (reader.next()) {
                if (reader.type() == NfnetlinkQueue.MSG_PACKET) {
                    int length = reader.payloadBytes() + NlMsgHdr.BYTES;
                    ByteBuffer copy = ByteBuffer.allocateDirect(length).order(bytes.order());
                    copy.put(0, bytes, reader.payload() - NlMsgHdr.BYTES, length);
                    early.add(copy);
                } else if (reader.type() == Netlink.NLMSG_ERROR && reader.sequence() == sequence) {
                    return reader.bytes().getInt(reader.payload() + NlMsgErr.ERROR);
                }
            }
        }
        return -Errno.ETIMEDOUT;
    }

    // ---------------------------------------------------------------------------------------------- receiving

    @Override
    public int index() {
        return index;
    }

    @Override
    public int receive(Slot[] into, int limit) {
        int count = 0;
        while (count < limit && !early.isEmpty()) {
            ByteBuffer copy = early.poll();
            reader.wrap(copy, 0, copy.capacity());
            count = take(into, count, copy, -1, clock.nowNs());
        }
        if (carryOutPassedBy(count) > 0) {
            return count;
        }
        if (ended) {
            return END;
        }
        if (limit <= 0) {
            return 0;
        }
        int received = batch.receive(netlink.socket(), Math.min(Math.min(limit, into.length), BATCH));
        if (received == -Errno.EAGAIN) {
            gaps.empty();
            ended = stopping; // the kernel had stopped queueing before we began to read these last ones
            return ended ? END : 0;
        }
        if (received == -Errno.EINTR || received == -Errno.ENOBUFS) {
            return 0; // an overrun: the ids say how many were lost
        }
        if (received < 0) {
            throw new LinuxException("recvmmsg(nfqueue " + config.queueNumber() + ")", -received);
        }
        long nowNs = clock.nowNs();
        for (int i = 0; i < received; i++) {
            ByteBuffer bytes = buffers.at(i).bytes();
            reader.wrap(bytes, 0, Math.min(batch.movedBytes(i), bytes.capacity()));
            count = take(into, count, bytes, i, nowNs);
        }
        return carryOutPassedBy(count);
    }

    /** Nobody else would, when nothing else came. */
    private int carryOutPassedBy(int count) {
        if (passedBy) {
            passedBy = false;
            verdicts.flush();
        }
        return count;
    }

    /** Takes the messages of one datagram; the kernel puts one into each. */
    private int take(Slot[] into, int count, ByteBuffer bytes, int place, long nowNs) {
        int at = count;
        while (at < into.length && reader.next()) {
            if (reader.type() == NfnetlinkQueue.MSG_PACKET) {
                int start = reader.payload() + NfnetlinkQueue.NFGENMSG_BYTES;
                packet.read(bytes, start, reader.payload() + reader.payloadBytes());
                if (packet.hasId && !passesBy(bytes)) {
                    into[at++] = slot(bytes, place, nowNs);
                }
            } else if (reader.type() == Netlink.NLMSG_ERROR) {
                answer(bytes);
            }
        }
        return at;
    }

    /**
     * Decides what is no traffic to be judged: an answer to a rejected packet that a rule queued, and a packet of a
     * dropped flow that comes again because the rule lacks that should have dropped it.
     */
    private boolean passesBy(ByteBuffer bytes) {
        gaps.came(packet.id);
        int verdict;
        if (marks.isDropped(packet.mark)) {
            verdict = NfnetlinkQueue.NF_DROP;
            warnOfMissingRule();
        } else if (rejector != null && rejector.isOwn(packet.mark, bytes, packet.payloadOffset, packet.payloadLength)) {
            verdict = NfnetlinkQueue.NF_ACCEPT;
        } else {
            return false;
        }
        verdicts.verdict(packet.id, verdict, prefix.decide(prefix.came()));
        passedBy = true;
        return true;
    }

    private void warnOfMissingRule() {
        if (!warnedOfMissingRule) {
            warnedOfMissingRule = true;
            LOG.warn(
                    "nfqueue {}: packets of dropped flows come back: before the NFQUEUE rule there must be one that saves"
                            + " the mark {} and one that drops it (see drop-mark)",
                    config.queueNumber(),
                    String.format("0x%x", marks.drop()));
        }
    }

    private Slot slot(ByteBuffer bytes, int place, long nowNs) {
        Slot slot = slots.take();
        int length = packet.payloadLength;
        Place where = places.of(slot);
        where.id = packet.id;
        where.order = prefix.came();
        where.skbInfo = packet.skbInfo;
        where.outputInterface = packet.outputInterface;
        where.mark = packet.mark;
        long timestampNs = packet.timestampNs != 0 ? packet.timestampNs : nowNs;
        if (place < 0) {
            slot.fill(bytes, packet.payloadOffset, length, packet.fullLength, LinkType.RAW, timestampNs);
        } else if (length <= Place.COPY_BYTES || !buffers.hasSpare()) {
            ByteBuffer copy = where.room(length);
            copy.put(0, bytes, packet.payloadOffset, length);
            slot.fill(copy, 0, length, packet.fullLength, LinkType.RAW, timestampNs);
        } else {
            where.buffer = buffers.take(place);
            slot.fill(bytes, packet.payloadOffset, length, packet.fullLength, LinkType.RAW, timestampNs);
        }
        slot.interfaceIndex(packet.inputInterface)
                .mark(packet.mark)
                .checksumsComplete((packet.skbInfo & NfnetlinkQueue.SKB_CSUMNOTREADY) == 0)
                .inline(packet.hook, packet.outputInterface, packet.hardwareAddress, packet.uid, packet.gid);
        return slot;
    }

    /** The kernel says no to a verdict; it does not answer those it carries out. */
    private void answer(ByteBuffer bytes) {
        int error = reader.payloadBytes() < NlMsgErr.BYTES ? 0 : bytes.getInt(reader.payload() + NlMsgErr.ERROR);
        if (error == -Errno.ENOENT) {
            flushed += reader.sequence(); // as many as the message was to decide
        } else if (error < 0 && !warnedOfRefusal) {
            warnedOfRefusal = true;
            LOG.warn(
                    "nfqueue {}: the kernel refused a message with {}; further refusals are not logged",
                    config.queueNumber(),
                    Errno.name(-error));
        }
    }

    /** Client and server wait for each packet, often on the same processors: spinning made requests 14 µs slower. */
    @Override
    public boolean spins() {
        return false;
    }

    @Override
    public void await(long timeoutNs) {
        if (doorbell.answer() || !early.isEmpty() || ended) {
            return;
        }
        if (timeoutNs <= 0 || !doorbell.fallAsleep()) {
            return;
        }
        poller.poll(timeoutNs);
        doorbell.wakeUp(poller.isReadable(1));
    }

    @Override
    public void wakeup() {
        doorbell.ring();
    }

    // ---------------------------------------------------------------------------------------------- verdicts

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        Place where = places.of(slot);
        boolean allBefore = prefix.decide(where.order);
        switch (verdict.kind()) {
            case ACCEPT -> {
                if (verdict.scope() == Verdict.Scope.FLOW && marks.accept() != 0) {
                    verdicts.verdictWithMark(where.id, NfnetlinkQueue.NF_ACCEPT, marks.accepted(where.mark));
                } else {
                    verdicts.verdict(where.id, NfnetlinkQueue.NF_ACCEPT, allBefore);
                }
            }
            case DROP -> {
                if (verdict.scope() == Verdict.Scope.FLOW && marks.drop() != 0) {
                    // Back to the first rule of the hook, where one saves the mark and drops the packet.
                    verdicts.verdictWithMark(where.id, NfnetlinkQueue.NF_REPEAT, marks.dropped(where.mark));
                } else {
                    verdicts.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
                }
            }
            case REJECT -> {
                verdicts.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
                return rejector.reject(slot);
            }
            case MARK -> {
                Verdict.Mark mark = (Verdict.Mark) verdict;
                int value = where.mark & ~mark.mask() | mark.mark() & mark.mask();
                verdicts.verdictWithMark(where.id, NfnetlinkQueue.NF_ACCEPT, value);
            }
            case REPLACE -> {
                return replace(slot, where, allBefore);
            }
            default -> throw new IllegalArgumentException("nfqueue cannot carry out " + verdict.kind());
        }
        return true;
    }

    private boolean replace(Slot slot, Place where, boolean allBefore) {
        ByteBuffer bytes = slot.replacement();
        if (bytes == null) {
            verdicts.verdict(where.id, NfnetlinkQueue.NF_ACCEPT, allBefore); // nothing was written: as it came
            return true;
        }
        if (!replacements.prepare(slot, where, bytes)) {
            verdicts.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
            return false;
        }
        verdicts.verdictWithPayload(where.id, NfnetlinkQueue.NF_ACCEPT, bytes, bytes.limit());
        return true;
    }

    @Override
    public void release(Slot slot) {
        Place where = places.of(slot);
        if (where.buffer != null) {
            buffers.giveBack(where.buffer);
            where.buffer = null;
        }
        where.trim();
        slots.give(slot);
    }

    @Override
    public void flush() {
        verdicts.flush();
        if (rejector != null) {
            rejector.flush();
        }
    }

    // ---------------------------------------------------------------------------------------------- ending, counters

    @Override
    public void stopIntake() {
        if (stopping) {
            return;
        }
        stopping = true;
        config.writeNoMore(writer, netlink.nextSequence());
        // Carried out before the call returns: what comes later is not queued, what came before is in the socket.
        long sent = netlink.send(writer);
        if (sent < 0) {
            LOG.warn("nfqueue {}: could not stop the queue: {}", config.queueNumber(), Errno.name((int) -sent));
        }
    }

    @Override
    public void refreshLosses() {
        if (kernel != null && kernel.read(config.queueNumber())) {
            queueFull += kernel.queueDropped() - queueDropped;
            queueDropped = kernel.queueDropped();
            if (ended) {
                gaps.settle(kernel.lastId());
            } else {
                gaps.given(kernel.lastId());
            }
        }
        overrun = gaps.missing();
    }

    @Override
    public long lost(Loss loss) {
        return switch (loss) {
            case QUEUE_FULL -> queueFull;
            case SOCKET_OVERRUN -> config.failsOpen() ? 0 : overrun;
            case FAILED_OPEN -> config.failsOpen() ? overrun : 0;
            case FLUSHED -> flushed;
            default -> 0;
        };
    }

    int outstanding() {
        return slots.lent();
    }

    int number() {
        return config.queueNumber();
    }

    int length() {
        return config.queueLength();
    }

    int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** Unbinds; what is still undecided is dropped by the kernel. */
    void close() {
        try {
            flush();
            config.writeUnbind(writer, netlink.nextSequence());
            netlink.send(writer);
        } catch (WeirException e) {
            LOG.warn("nfqueue {}: {}", config.queueNumber(), e.getMessage());
        } finally {
            netlink.close();
            doorbell.close();
            if (rejector != null) {
                rejector.close();
            }
            if (kernel != null) {
                kernel.close();
            }
        }
    }
}
