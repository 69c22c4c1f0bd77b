package dev.weir.linux.netlink;

import dev.weir.linux.Fd;
import dev.weir.linux.SharedFd;
import dev.weir.linux.Socket;
import dev.weir.linux.WakeFlag;
import java.lang.ref.Reference;

/**
 * Lets any thread wake the owner of a netlink socket that sleeps in a receive on it, where an eventfd would need a poll
 * before each receive. A ring sends a message that does nothing and asks for an acknowledgement; the kernel puts that
 * into the socket before the call returns ({@code netlink_rcv_skb} in {@code net/netlink/af_netlink.c}), and the receive
 * ends. Where the receive buffer is full the acknowledgement is lost, but then nobody sleeps in a receive.
 *
 * <p>The owner reads the acknowledgement as an NLMSG_ERROR with error 0 and sequence number 0, and passes it over. One
 * whose sleep had ended by itself shows as an early end of a later sleep, no more.
 */
public final class NetlinkDoorbell implements AutoCloseable {
    private final SharedFd shared;
    private final Socket socket;
    private final NetlinkWriter message = new NetlinkWriter(Netlink.NlMsgHdr.BYTES);
    private final WakeFlag flag = new WakeFlag();

    /** For a socket, of which it keeps a descriptor of its own. */
    public NetlinkDoorbell(NetlinkSocket netlink) {
        message.begin(Netlink.NLMSG_NOOP, Netlink.NLM_F_ACK, 0).end();
        Fd duplicate = Fd.duplicateOf(netlink.fd().number());
        shared = new SharedFd(duplicate);
        socket = Socket.sharing(duplicate);
    }

    /** Wakes the owner, now or at its next sleep; a system call if it sleeps and nobody has rung yet. Any thread. */
    public void ring() {
        if (flag.ring() && shared.enter()) {
            socket.send(message.address(), message.lengthBytes(), 0);
            Reference.reachabilityFence(message);
            shared.leave();
        }
    }

    /** True once for all rings since the last time. For the owner. */
    public boolean answer() {
        return flag.answer();
    }

    /** Announces sleep; false when somebody has rung already, which counts as answered. For the owner. */
    public boolean fallAsleep() {
        return flag.fallAsleep();
    }

    /** After sleep. For the owner. */
    public void wakeUp() {
        flag.wakeUp();
    }

    /** A ring from now on does nothing. */
    @Override
    public void close() {
        shared.close();
    }
}
