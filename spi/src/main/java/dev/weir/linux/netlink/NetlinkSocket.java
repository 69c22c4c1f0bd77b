package dev.weir.linux.netlink;

import dev.weir.linux.Errno;
import dev.weir.linux.Fd;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Poller;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import dev.weir.linux.netlink.Netlink.SockaddrNl;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Talks to the kernel over netlink, in the network namespace of the thread that opened it. For one thread.
 *
 * <p>Two ways of use. {@link #execute} and {@link #dump} send one request and wait for everything that answers it; they
 * throw what the kernel objects to, with its own words where it has some. {@link #send} and {@link #receive} move raw
 * batches and never wait, for protocols where the kernel speaks first.
 *
 * <p>Only the kernel and processes with CAP_NET_ADMIN can send to this socket; messages that do not carry the sequence
 * number of the request and the port of this socket are passed over.
 */
public final class NetlinkSocket implements AutoCloseable {
    /** The kernel fills a dump's datagrams up to this when the reader offers as much. */
    private static final int DATAGRAM_BYTES = 32 * 1024;

    private static final int DATAGRAMS = 8;

    private static final String OVERRUN = "answers were lost because they came faster than they were read; ask again";

    private final String name;
    private final Socket socket;
    private final Poller poller;
    private final int portId;
    private final MessageBatch answers = MessageBatch.withBuffers(DATAGRAMS, DATAGRAM_BYTES);
    private final NetlinkReader reader = new NetlinkReader();
    private final NetlinkAttributes attributes = new NetlinkAttributes();
    private int sequence;

    private NetlinkSocket(String name, Socket socket, int portId) {
        this.name = name;
        this.socket = socket;
        this.poller = new Poller(socket.fd());
        this.portId = portId;
    }

    /** Opens without multicast groups; see {@link #open(int, String, int)}. */
    public static NetlinkSocket open(int protocol, String name) {
        return open(protocol, name, 0);
    }

    /**
     * @param protocol {@code Netlink.NETLINK_…}
     * @param name for error messages, {@code sock_diag}
     * @param groups mask of the multicast groups 1 to 32; others join with {@link Netlink#NETLINK_ADD_MEMBERSHIP}
     */
    public static NetlinkSocket open(int protocol, String name, int groups) {
        Socket socket = Socket.open("netlink " + name, Sock.AF_NETLINK, Sock.SOCK_RAW, protocol);
        try {
            NativeBuffer address = NativeBuffer.allocate(SockaddrNl.BYTES);
            address.bytes().putShort(SockaddrNl.FAMILY, (short) Sock.AF_NETLINK);
            address.bytes().putInt(SockaddrNl.GROUPS, groups);
            socket.bind("netlink " + name, address);
            socket.localAddress(address);
            // Both only make refusals easier to understand, and came with Linux 4.3 and 4.12.
            socket.trySetOption(Sock.SOL_NETLINK, Netlink.NETLINK_CAP_ACK, 1);
            socket.trySetOption(Sock.SOL_NETLINK, Netlink.NETLINK_EXT_ACK, 1);
            return new NetlinkSocket(name, socket, address.bytes().getInt(SockaddrNl.PID));
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    public Socket socket() {
        return socket;
    }

    public Fd fd() {
        return socket.fd();
    }

    /** The address of this socket, chosen by the kernel. */
    public int portId() {
        return portId;
    }

    /** A number for the next message; never 0, which the kernel uses for what it sends unasked. */
    public int nextSequence() {
        sequence = sequence == Integer.MAX_VALUE ? 1 : sequence + 1;
        return sequence;
    }

    /** Sends what was written, in one datagram: the bytes taken, or minus the errno. */
    public long send(NetlinkWriter messages) {
        long sent = socket.send(messages.address(), messages.lengthBytes(), 0);
        Reference.reachabilityFence(messages);
        return sent;
    }

    /** Receives what is there: the number of datagrams, or minus the errno; ENOBUFS says that some were lost. */
    public int receive(MessageBatch batch) {
        return batch.receive(socket);
    }

    /**
     * Sends one request with NLM_F_ACK and waits until the kernel has acknowledged it. Messages that come before the
     * acknowledgement (the answer to a GET) go to the consumer, which must not keep the reader.
     *
     * @param request holds one message, written with NLM_F_ACK and a {@link #nextSequence()}
     * @throws LinuxException when the kernel refuses, or does not answer in time (ETIMEDOUT)
     */
    public void execute(String what, NetlinkWriter request, Consumer<NetlinkReader> answer, long timeoutNs) {
        converse(what, request, answer, timeoutNs);
    }

    /**
     * Sends one request with NLM_F_DUMP and hands over everything listed. When the answer is false, the list changed
     * under the kernel's hand (NLM_F_DUMP_INTR): entries may be missing or doubled, and asking again is the cure.
     *
     * @param request holds one message, written with NLM_F_DUMP and a {@link #nextSequence()}
     * @throws LinuxException when the kernel refuses, or does not answer in time (ETIMEDOUT)
     */
    public boolean dump(String what, NetlinkWriter request, Consumer<NetlinkReader> entry, long timeoutNs) {
        return converse(what, request, entry, timeoutNs);
    }

    private boolean converse(String what, NetlinkWriter request, Consumer<NetlinkReader> consumer, long timeoutNs) {
        String call = "netlink " + name + " " + what;
        int asked = request.bytes().getInt(NlMsgHdr.SEQ);
        long sent = send(request);
        if (sent < 0) {
            throw new LinuxException(call, (int) -sent);
        }
        long deadline = System.nanoTime() + timeoutNs;
        boolean consistent = true;
        while (true) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new LinuxException(call, Errno.ETIMEDOUT);
            }
            int datagrams = receive(answers);
            if (Errno.isRetry(datagrams)) {
                poller.poll(left);
                continue;
            }
            if (datagrams < 0) {
                throw new LinuxException(call, -datagrams, datagrams == -Errno.ENOBUFS ? OVERRUN : "");
            }
            for (int i = 0; i < datagrams; i++) {
                if (answers.isTruncated(i)) {
                    throw new LinuxException(call, Errno.EMSGSIZE, "a message is longer than " + DATAGRAM_BYTES);
                }
                reader.wrap(answers.buffer(i), 0, answers.movedBytes(i));
                while (reader.next()) {
                    if (reader.sequence() != asked || reader.portId() != portId) {
                        continue;
                    }
                    consistent &= (reader.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
                    switch (reader.type()) {
                        case Netlink.NLMSG_NOOP -> {}
                        case Netlink.NLMSG_ERROR, Netlink.NLMSG_DONE -> {
                            refuseIfError(call);
                            return consistent;
                        }
                        case Netlink.NLMSG_OVERRUN -> throw new LinuxException(call, Errno.ENOBUFS, OVERRUN);
                        default -> consumer.accept(reader);
                    }
                }
                if (reader.isMalformed()) {
                    throw new LinuxException(call, Errno.EPROTO, "the kernel sent a message with an impossible length");
                }
            }
        }
    }

    /** The end of a dump carries an errno as an acknowledgement does, and both may carry words. */
    private void refuseIfError(String call) {
        int payloadBytes = reader.payloadBytes();
        int error = payloadBytes < Integer.BYTES ? 0 : reader.bytes().getInt(reader.payload() + NlMsgErr.ERROR);
        if (error < 0) {
            String words = words();
            throw words.isEmpty()
                    ? new LinuxException(call, -error)
                    : new LinuxException(call, -error, "the kernel says \"" + words + "\"");
        }
    }

    private String words() {
        if ((reader.flags() & Netlink.NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        int fixedBytes = Integer.BYTES;
        if (reader.type() == Netlink.NLMSG_ERROR) {
            fixedBytes = NlMsgErr.BYTES;
            boolean echoed = (reader.flags() & Netlink.NLM_F_CAPPED) == 0;
            if (echoed && reader.payloadBytes() >= NlMsgErr.BYTES) {
                ByteBuffer bytes = reader.bytes();
                int requestBytes = bytes.getInt(reader.payload() + NlMsgErr.MSG + NlMsgHdr.LEN);
                int echoedBytes = requestBytes - NlMsgHdr.BYTES;
                if (echoedBytes < 0 || echoedBytes > reader.payloadBytes() - NlMsgErr.BYTES) {
                    return "";
                }
                fixedBytes += echoedBytes;
            }
        }
        reader.attributes(attributes, fixedBytes);
        while (attributes.next()) {
            if (attributes.type() == Netlink.NLMSGERR_ATTR_MSG) {
                return attributes.string().replace('\n', ' ');
            }
        }
        return "";
    }

    @Override
    public void close() {
        socket.close();
    }
}
