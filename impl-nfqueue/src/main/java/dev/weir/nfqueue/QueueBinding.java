package dev.weir.nfqueue;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.Poller;
import dev.weir.linux.Rights;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said to the kernel about the queue itself: bind it, put nothing more into it, let it go. For one thread. */
final class QueueBinding {
    private static final Logger LOG = LoggerFactory.getLogger(QueueBinding.class);
    private static final long TIMEOUT_NS = 2_000_000_000L;

    private final NetlinkSocket netlink;
    private final QueueConfig config;
    private final NetlinkWriter writer = new NetlinkWriter(256);

    /** Packets that came before the kernel had confirmed the configuration. */
    private final Deque<ByteBuffer> early = new ArrayDeque<>();

    QueueBinding(NetlinkSocket netlink, QueueConfig config) {
        this.netlink = netlink;
        this.config = config;
    }

    /**
     * Binds the queue to the socket and sets everything else.
     *
     * @param datagramBytes no datagram is longer
     * @throws WeirException when somebody else has the queue, or a right or the kernel's support is missing
     */
    void bind(int datagramBytes) {
        int sequence = netlink.nextSequence();
        config.writeBind(writer, sequence);
        int error = converse(sequence, MessageBatch.withBuffers(1, datagramBytes));
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
                return new WeirException("nfqueue:" + config.queueNumber() + " belongs to another process"
                        + likelyProcess(counters.listener()) + ": stop that one, or use another queue number");
            }
        }
        return new WeirException("nfqueue:" + config.queueNumber()
                + (error == -Errno.EBUSY
                        ? " belongs to another process: stop that one, or use another queue number"
                        : " needs CAP_NET_ADMIN: " + Rights.advice(Rights.Capability.CAP_NET_ADMIN)));
    }

    /** The first netlink socket of a process has its id as port, the others any number. */
    private static String likelyProcess(long port) {
        return Files.exists(Path.of("/proc/" + port)) ? ", " + port + " by its netlink port" : "";
    }

    /** Sends what was written and waits for its acknowledgement; packets that come meanwhile are kept. */
    private int converse(int sequence, MessageBatch answers) {
        long sent = netlink.send(writer);
        if (sent < 0) {
            return (int) sent;
        }
        Poller poller = new Poller(netlink.fd());
        NetlinkReader reader = new NetlinkReader();
        ByteBuffer bytes = answers.buffer(0);
        long untilNs = System.nanoTime() + TIMEOUT_NS;
        while (System.nanoTime() < untilNs) {
            int received = netlink.receive(answers);
            if (Errno.isRetry(received)) {
                poller.poll(TIMEOUT_NS);
                continue;
            }
            if (received == -Errno.ENOBUFS) {
                continue; // the ids will say how many were lost
            }
            if (received < 0) {
                return received;
            }
            reader.wrap(bytes, 0, Math.min(answers.movedBytes(0), bytes.capacity()));
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

    /** True when there are packets that came while the queue was bound. */
    boolean hasEarly() {
        return !early.isEmpty();
    }

    /** The message of the next such packet. */
    ByteBuffer takeEarly() {
        return early.poll();
    }

    /**
     * Has the kernel put nothing more into the queue. It has when this returns: what comes later is not queued, what came
     * before is in the socket.
     */
    void stopIntake() {
        config.writeNoMore(writer, netlink.nextSequence());
        long sent = netlink.send(writer);
        if (sent < 0) {
            LOG.warn("nfqueue {}: could not stop the queue: {}", config.queueNumber(), Errno.name((int) -sent));
        }
    }

    /** Lets the queue go; what is still undecided is dropped by the kernel. */
    void unbind() {
        config.writeUnbind(writer, netlink.nextSequence());
        netlink.send(writer);
    }
}
