package dev.weir.nfqueue;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.Sock;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotBatch;
import dev.weir.spi.SlotPool;
import dev.weir.spi.Spin;
import dev.weir.spi.WallClock;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One queue: its socket, what came by it, and what is still out. */
final class NfqueueQueue implements CaptureQueue {
    private static final Logger LOG = LoggerFactory.getLogger(NfqueueQueue.class);
    private static final int SEND_BUFFER_BYTES = 1 << 20;

    /** Where a packet stands that came before there were buffers: in one of its own. */
    private static final int NOT_RECEIVED = -1;

    /** Attributes beside the payload: a few hundred bytes; conntrack would be the longest. */
    private static final int MESSAGE_OVERHEAD_BYTES = 2048;

    private final int index;
    private final QueueConfig config;
    private final Spin spin;
    private final NetlinkSocket netlink;
    private final int receiveBufferBytes;
    private final QueueBinding binding;
    private final Intake intake;
    private final Decisions decisions;
    private final Losses losses;

    private final WallClock clock = new WallClock();
    private final NetlinkReader reader = new NetlinkReader();
    private final QueuedPacket packet = new QueuedPacket();
    private final SlotPool slots;
    private final SlotBatch batch = new SlotBatch();

    /** Where the packet of a slot is, by the slot's number: its buffer, or null when it was copied out. */
    private final Places places = new Places();

    private boolean passedBy;
    private boolean stopping;
    private boolean ended;
    private boolean warnedOfMissingRule;
    private boolean warnedOfRefusal;

    private NfqueueQueue(
            int index,
            QueueConfig config,
            Spin spin,
            NetlinkSocket socket,
            int receiveBufferBytes,
            Decisions decisions) {
        this.index = index;
        this.config = config;
        this.spin = spin;
        this.netlink = socket;
        this.receiveBufferBytes = receiveBufferBytes;
        this.decisions = decisions;
        this.slots = new SlotPool(index);
        int datagramBytes = config.copyRange() + MESSAGE_OVERHEAD_BYTES;
        binding = new QueueBinding(socket, config);
        binding.bind(datagramBytes);
        losses = new Losses(config);
        try {
            intake = new Intake(socket, datagramBytes);
        } catch (RuntimeException | Error e) {
            losses.close();
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
            if (options.kernelTimestamps()) {
                // As long as one socket wants to know when packets came, the kernel stamps all of them.
                socket.socket().setOption("SO_TIMESTAMP", Sock.SOL_SOCKET, Sock.SO_TIMESTAMP, 1);
            }
            QueueConfig config = options.configOf(number, receiveBufferBytes);
            Decisions decisions = new Decisions(socket.socket(), number, options, rejector);
            Spin spin = new Spin(options.spinNs(), true);
            return new NfqueueQueue(index, config, spin, socket, receiveBufferBytes, decisions);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public int index() {
        return index;
    }

    // ---------------------------------------------------------------------------------------------- receiving

    @Override
    public int receive(Slot[] into, int limit) {
        batch.begin(into);
        return take(batch, Math.min(limit, into.length), true);
    }

    @Override
    public boolean dispatches() {
        return true;
    }

    @Override
    public int dispatch(PacketSink sink, int limit) {
        return take(sink, limit, false);
    }

    /** @param lasting packets stay out when the sink has taken them, as a rule */
    private int take(PacketSink sink, int limit, boolean lasting) {
        int count = 0;
        while (count < limit && binding.hasEarly()) {
            ByteBuffer copy = binding.takeEarly();
            Slot slot = next(copy, copy.capacity(), NOT_RECEIVED, clock.nowNs(), lasting);
            if (slot != null) {
                count++;
                if (PacketSink.handOver(this, slot, sink) == PacketSink.Answer.LOST) {
                    return count;
                }
            }
        }
        if (count > 0 || ended || limit <= 0) {
            return carryOutPassedBy(count == 0 && ended ? END : count);
        }
        int received = intake.receive(limit);
        if (received < 0) {
            return carryOutPassedBy(nothing(-received));
        }
        decisions.piledUp(intake.hasPiledUp());
        long nowNs = received == 0 ? 0 : clock.nowNs();
        for (int i = 0; i < received; i++) {
            int place = intake.take();
            Slot slot = next(intake.bytes(place), intake.lengthBytes(place), place, nowNs, lasting);
            if (slot != null) {
                count++;
                if (PacketSink.handOver(this, slot, sink) == PacketSink.Answer.LOST) {
                    return count;
                }
            }
        }
        return carryOutPassedBy(count);
    }

    private int nothing(int errno) {
        switch (errno) {
            case Errno.EAGAIN -> {
                decisions.settle();
                losses.socketIsEmpty();
                ended = stopping; // the kernel had stopped queueing before we began to read these last ones
                return ended ? END : 0;
            }
            case Errno.EINTR, Errno.ENOBUFS -> {
                return 0; // an overrun: the ids say how many were lost
            }
            default -> throw new LinuxException("recvmmsg(nfqueue " + config.queueNumber() + ")", errno);
        }
    }

    /** Nobody else would, when nothing else came. */
    private int carryOutPassedBy(int count) {
        if (passedBy) {
            passedBy = false;
            decisions.flush();
        }
        return count;
    }

    /** The packet of a datagram, null when there is none to be judged; the kernel puts one message into each. */
    private Slot next(ByteBuffer bytes, int lengthBytes, int place, long nowNs, boolean lasting) {
        reader.wrap(bytes, 0, lengthBytes);
        while (reader.next()) {
            if (reader.type() == NfnetlinkQueue.MSG_PACKET) {
                int start = reader.payload() + NfnetlinkQueue.NFGENMSG_BYTES;
                packet.read(bytes, start, reader.payload() + reader.payloadBytes());
                return packet.hasId && !passesBy(bytes) ? slot(bytes, place, nowNs, lasting) : null;
            } else if (reader.type() == Netlink.NLMSG_ERROR) {
                answer(bytes);
            }
        }
        return null;
    }

    /** Decides what is no traffic to be judged. */
    private boolean passesBy(ByteBuffer bytes) {
        losses.came(packet.id);
        int verdict;
        if (decisions.isOfDroppedFlow(packet)) {
            verdict = NfnetlinkQueue.NF_DROP;
            warnOfMissingRule();
        } else if (decisions.isOwnAnswer(packet, bytes)) {
            verdict = NfnetlinkQueue.NF_ACCEPT;
        } else {
            return false;
        }
        decisions.passBy(packet.id, verdict);
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
                    String.format("0x%x", packet.mark));
        }
    }

    private Slot slot(ByteBuffer bytes, int place, long nowNs, boolean lasting) {
        Slot slot = slots.take();
        int length = packet.payloadLength;
        Place where = places.of(slot);
        where.id = packet.id;
        where.order = decisions.came();
        where.skbInfo = packet.skbInfo;
        where.outputInterface = packet.outputInterface;
        where.mark = packet.mark;
        long timestampNs = packet.timestampNs != 0 ? packet.timestampNs : nowNs;
        if (place == NOT_RECEIVED) {
            slot.fill(bytes, packet.payloadOffset, length, packet.fullLength, LinkType.RAW, timestampNs);
        } else if (lasting && length <= Place.COPY_BYTES || !intake.canKeep()) {
            ByteBuffer copy = where.room(length);
            copy.put(0, bytes, packet.payloadOffset, length);
            slot.fill(copy, 0, length, packet.fullLength, LinkType.RAW, timestampNs);
        } else {
            where.buffer = intake.keep(place);
            slot.fill(bytes, packet.payloadOffset, length, packet.fullLength, LinkType.RAW, timestampNs);
        }
        slot.interfaceIndex(packet.inputInterface)
                .mark(packet.mark)
                .checksumsComplete((packet.skbInfo & NfnetlinkQueue.SKB_CSUMNOTREADY) == 0)
                .inline(packet.hook, packet.outputInterface, packet.hardwareAddress, packet.uid, packet.gid);
        return slot;
    }

    /** The kernel says no to a verdict, and does not answer those it carries out; or we were woken, error 0. */
    private void answer(ByteBuffer bytes) {
        int error = reader.payloadBytes() < NlMsgErr.BYTES ? 0 : bytes.getInt(reader.payload() + NlMsgErr.ERROR);
        if (error < 0 && !losses.refused(error, reader.sequence()) && !warnedOfRefusal) {
            warnedOfRefusal = true;
            LOG.warn(
                    "nfqueue {}: the kernel refused a message with {}; further refusals are not logged",
                    config.queueNumber(),
                    Errno.name(-error));
        }
    }

    /** Client and server wait for each packet, often on the same processors: these come first. */
    @Override
    public Spin spin() {
        return spin;
    }

    @Override
    public void await(long timeoutNs) {
        if (!ended && !binding.hasEarly()) {
            intake.await(timeoutNs);
        }
    }

    @Override
    public void wakeup() {
        intake.wakeUp();
    }

    // ---------------------------------------------------------------------------------------------- verdicts

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        return decisions.carryOut(slot, places.of(slot), verdict);
    }

    @Override
    public void release(Slot slot) {
        Place where = places.of(slot);
        if (where.buffer != null) {
            intake.giveBack(where.buffer);
            where.buffer = null;
        }
        where.trim();
        slots.give(slot);
    }

    @Override
    public void flush() {
        decisions.flush();
        if (stopping) {
            decisions.settle(); // who has waited for the end finds the packets gone
        }
    }

    // ---------------------------------------------------------------------------------------------- ending, counters

    @Override
    public void stopIntake() {
        if (!stopping) {
            stopping = true;
            intake.stop();
            binding.stopIntake();
        }
    }

    @Override
    public void refreshLosses() {
        losses.refresh(ended);
    }

    @Override
    public long lost(Loss loss) {
        return losses.of(loss);
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
            decisions.settle();
            binding.unbind();
        } catch (WeirException e) {
            LOG.warn("nfqueue {}: {}", config.queueNumber(), e.getMessage());
        } finally {
            decisions.close();
            intake.close();
            netlink.close();
            losses.close();
        }
    }
}
