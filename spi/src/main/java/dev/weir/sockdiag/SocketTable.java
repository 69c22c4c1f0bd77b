package dev.weir.sockdiag;

import dev.weir.Protocols;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.Poller;
import dev.weir.linux.Sock;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import dev.weir.packet.IpAddress;
import dev.weir.sockdiag.InetDiag.Msg;
import dev.weir.sockdiag.InetDiag.ReqV2;
import dev.weir.sockdiag.InetDiag.SockId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The kernel's socket tables, asked for single sockets by their full addresses: the kernel finds them by hash, as it does
 * for a packet that arrives, so the cost does not grow with the number of sockets. Many questions go out in one send;
 * the kernel answers each before the send returns. For one thread, in the network namespace of the one that opened it.
 */
final class SocketTable implements AutoCloseable {
    /** Their answers fit into a receive buffer of standard size, each a datagram of its own. */
    private static final int QUERIES_PER_SEND = 64;

    private static final int ANSWER_BYTES = 2_048;
    private static final int TRIES = 3;
    private static final long ANSWER_TIMEOUT_NS = 20_000_000;
    private static final long PROBE_TIMEOUT_NS = 1_000_000_000;
    private static final int QUERY_BYTES = Netlink.NlMsgHdr.BYTES + ReqV2.BYTES;

    private final NetlinkSocket netlink;
    private final NetlinkWriter writer = new NetlinkWriter(QUERIES_PER_SEND * QUERY_BYTES);
    private final NetlinkReader reader = new NetlinkReader();
    private final MessageBatch answers = MessageBatch.withBuffers(QUERIES_PER_SEND, ANSWER_BYTES);
    private final Poller poller;
    private long overruns;

    private SocketTable(NetlinkSocket netlink) {
        this.netlink = netlink;
        this.poller = new Poller(netlink.fd());
    }

    static SocketTable open() {
        return new SocketTable(NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG, "sock_diag"));
    }

    /**
     * Makes sure that the kernel answers for a protocol. A question about one socket cannot tell: "no such socket" and
     * "no such protocol" are both ENOENT. A list of the sockets in no state at all is empty, or refused.
     */
    void require(int protocol) {
        writer.reset().begin(InetDiag.SOCK_DIAG_BY_FAMILY, Netlink.NLM_F_DUMP, netlink.nextSequence());
        int request = writer.extend(ReqV2.BYTES);
        writer.bytes().put(request + ReqV2.FAMILY, (byte) Sock.AF_INET);
        writer.bytes().put(request + ReqV2.PROTOCOL, (byte) protocol);
        writer.end();
        String name = Protocols.name(protocol);
        try {
            netlink.dump(name, writer, answer -> {}, PROBE_TIMEOUT_NS);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new LinuxException(
                        e.call(),
                        e.errno(),
                        "this kernel does not answer for " + name + " sockets; load the module "
                                + (protocol == Protocols.UDP ? "udp_diag" : "tcp_diag"));
            }
            throw e;
        }
    }

    /**
     * Answers all queries, or leaves those unanswered that were lost three times over.
     *
     * @throws LinuxException when the kernel refuses to talk
     */
    void ask(List<SocketQuery> queries) {
        for (int first = 0; first < queries.size(); first += QUERIES_PER_SEND) {
            List<SocketQuery> some = queries.subList(first, Math.min(queries.size(), first + QUERIES_PER_SEND));
            int left = some.size();
            for (int attempt = 0; attempt < TRIES && left > 0; attempt++) {
                send(some);
                left -= collect(some, left);
            }
        }
    }

    /** How often answers were lost because the receive buffer was full; they were asked for again. */
    long overruns() {
        return overruns;
    }

    private void send(List<SocketQuery> queries) {
        writer.reset();
        for (SocketQuery query : queries) {
            query.sequence = netlink.nextSequence();
            if (!query.answered) {
                write(query);
            }
        }
        long sent = netlink.send(writer);
        if (sent < 0) {
            throw new LinuxException("netlink sock_diag send", (int) -sent);
        }
    }

    private void write(SocketQuery query) {
        writer.begin(InetDiag.SOCK_DIAG_BY_FAMILY, 0, query.sequence);
        int request = writer.extend(ReqV2.BYTES);
        ByteBuffer bytes = writer.bytes();
        boolean v4 = query.local.version() == 4;
        bytes.put(request + ReqV2.FAMILY, (byte) (v4 ? Sock.AF_INET : Sock.AF_INET6));
        bytes.put(request + ReqV2.PROTOCOL, (byte) query.protocol);
        bytes.putInt(request + ReqV2.STATES, -1);
        int id = request + ReqV2.ID;
        // TCP is asked as the socket sees itself. UDP is asked as a packet to it looks: udp_dump_one() in
        // net/ipv4/udp_diag.c takes source and destination in that sense.
        boolean asPacket = query.protocol == Protocols.UDP;
        int localPort = asPacket ? SockId.DPORT : SockId.SPORT;
        int remotePort = asPacket ? SockId.SPORT : SockId.DPORT;
        bytes.putShort(id + localPort, network((short) query.localPort));
        bytes.putShort(id + remotePort, network((short) query.remotePort));
        putAddress(bytes, id + (asPacket ? SockId.DST : SockId.SRC), query.local);
        putAddress(bytes, id + (asPacket ? SockId.SRC : SockId.DST), query.remote);
        bytes.putInt(id + SockId.IF, query.interfaceIndex);
        bytes.putInt(id + SockId.COOKIE, InetDiag.INET_DIAG_NOCOOKIE);
        bytes.putInt(id + SockId.COOKIE + Integer.BYTES, InetDiag.INET_DIAG_NOCOOKIE);
        writer.end();
    }

    /** Reads answers until all are there or no more come: how many came. */
    private int collect(List<SocketQuery> queries, int expected) {
        int answered = 0;
        boolean lost = false;
        boolean waited = false;
        while (answered < expected) {
            int datagrams = netlink.receive(answers);
            if (datagrams == -Errno.ENOBUFS) {
                overruns++;
                lost = true;
            } else if (datagrams == -Errno.EAGAIN) {
                if (lost || waited) {
                    return answered;
                }
                poller.poll(ANSWER_TIMEOUT_NS);
                waited = true;
            } else if (datagrams >= 0) {
                for (int i = 0; i < datagrams; i++) {
                    reader.wrap(answers.buffer(i), 0, answers.movedBytes(i));
                    while (reader.next()) {
                        answered += take(queries);
                    }
                }
            } else if (datagrams != -Errno.EINTR) {
                throw new LinuxException("netlink sock_diag receive", -datagrams);
            }
        }
        return answered;
    }

    /** Takes one answer: 1, or 0 for one that nobody waits for any more. */
    private int take(List<SocketQuery> queries) {
        int index = reader.sequence() - queries.get(0).sequence;
        if (reader.portId() != netlink.portId() || index < 0 || index >= queries.size()) {
            return 0;
        }
        SocketQuery query = queries.get(index);
        if (query.answered || query.sequence != reader.sequence()) {
            return 0;
        }
        if (reader.type() == InetDiag.SOCK_DIAG_BY_FAMILY && reader.payloadBytes() >= Msg.BYTES) {
            query.found = read(query, reader.bytes(), reader.payload());
        } else if (reader.type() == Netlink.NLMSG_ERROR && reader.payloadBytes() >= NlMsgErr.BYTES) {
            int error = -reader.bytes().getInt(reader.payload() + NlMsgErr.ERROR);
            if (error != Errno.ENOENT) {
                throw new LinuxException("netlink sock_diag " + Protocols.name(query.protocol), error);
            }
        } else {
            return 0;
        }
        query.answered = true;
        return 1;
    }

    /** Null when the answer is about another port than the one asked for. */
    private static FoundSocket read(SocketQuery query, ByteBuffer bytes, int message) {
        int id = message + Msg.ID;
        int localPort = Short.toUnsignedInt(network(bytes.getShort(id + SockId.SPORT)));
        if (localPort != query.localPort) {
            return null;
        }
        long cookieLow = Integer.toUnsignedLong(bytes.getInt(id + SockId.COOKIE));
        long cookieHigh = Integer.toUnsignedLong(bytes.getInt(id + SockId.COOKIE + Integer.BYTES));
        return new FoundSocket(
                Byte.toUnsignedInt(bytes.get(message + Msg.STATE)),
                Short.toUnsignedInt(network(bytes.getShort(id + SockId.DPORT))),
                cookieHigh << Integer.SIZE | cookieLow,
                Integer.toUnsignedLong(bytes.getInt(message + Msg.INODE)),
                bytes.getInt(message + Msg.UID));
    }

    private static void putAddress(ByteBuffer bytes, int offset, IpAddress address) {
        if (address.version() == 4) {
            int value = (int) address.low();
            bytes.putInt(offset, isBigEndian() ? value : Integer.reverseBytes(value));
        } else {
            bytes.putLong(offset, isBigEndian() ? address.high() : Long.reverseBytes(address.high()));
            bytes.putLong(offset + Long.BYTES, isBigEndian() ? address.low() : Long.reverseBytes(address.low()));
        }
    }

    private static short network(short value) {
        return isBigEndian() ? value : Short.reverseBytes(value);
    }

    private static boolean isBigEndian() {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    }

    @Override
    public void close() {
        netlink.close();
    }
}
