package dev.weir.linux;

import dev.weir.linux.Rights.Capability;
import java.lang.ref.Reference;

/**
 * A socket that is closed on exec and, unless it was told to ({@link #letBlock}), never blocks. Options and bind throw;
 * send and receive return what the kernel answered, minus the errno when that is an error.
 *
 * <p>Addresses given to a method have to stay valid until it returns: keep the {@link NativeBuffer} or
 * {@link MappedMemory} they come from reachable.
 */
public final class Socket implements AutoCloseable {
    private final Fd fd;
    private final NativeBuffer word = NativeBuffer.allocate(Integer.BYTES);
    private final NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);

    /** {@code struct timeval} on a 64-bit machine: seconds, then microseconds. */
    private static final int TIMEVAL_MICROS = 8;

    private static final int TIMEVAL_BYTES = 16;

    private Socket(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens with SOCK_CLOEXEC and SOCK_NONBLOCK.
     *
     * @param what for the error message: {@code AF_PACKET}, {@code netlink sock_diag}
     * @param domain {@code Sock.AF_…}
     * @param type {@code Sock.SOCK_…}
     * @param protocol in the byte order the domain wants; AF_PACKET: network order, see {@link IfEther#networkOrder}
     */
    public static Socket open(String what, int domain, int type, int protocol) {
        Libc.require();
        int number = Libc.socket(domain, type | Sock.SOCK_CLOEXEC | Sock.SOCK_NONBLOCK, protocol);
        return new Socket(Fd.owning(Libc.check(number, "socket(" + what + ")", Capability.CAP_NET_RAW)));
    }

    /** Takes over an open socket, from a privileged parent for instance; sets it non-blocking and close-on-exec. */
    public static Socket adopt(Fd fd) {
        Fcntl.setNonBlockingCloseOnExec(fd);
        return new Socket(fd);
    }

    /** An open socket as it is; whoever opened the descriptor closes it. */
    public static Socket sharing(Fd fd) {
        return new Socket(fd);
    }

    public Fd fd() {
        return fd;
    }

    /** @param address a sockaddr of the socket's domain */
    public void bind(String what, NativeBuffer address) {
        Libc.check(Libc.bind(fd.number(), address.address(), address.lengthBytes()), "bind(" + what + ")");
        Reference.reachabilityFence(address);
    }

    /** As {@link #bind}, for refusals that the caller can do something about: 0, or minus the errno. */
    public int tryBind(NativeBuffer address) {
        int result = Libc.result(Libc.bind(fd.number(), address.address(), address.lengthBytes()));
        Reference.reachabilityFence(address);
        return result;
    }

    /** Writes the socket's own address, as much of it as fits, and returns its full length. */
    public int localAddress(NativeBuffer address) {
        length.bytes().putInt(0, address.lengthBytes());
        Libc.check(Libc.getsockname(fd.number(), address.address(), length.address()), "getsockname");
        return length.bytes().getInt(0);
    }

    /** @param name of the option, for the error message */
    public void setOption(String name, int level, int option, int value) {
        word.bytes().putInt(0, value);
        setOption(name, level, option, word);
    }

    public void setOption(String name, int level, int option, NativeBuffer value) {
        int failure = trySetOption(level, option, value);
        if (failure < 0) {
            throw new LinuxException("setsockopt(" + name + ")", -failure);
        }
    }

    /** 0, or minus the errno: for options that an older kernel may not have. */
    public int trySetOption(int level, int option, int value) {
        word.bytes().putInt(0, value);
        return trySetOption(level, option, word);
    }

    /** 0, or minus the errno: for options that an older kernel may not have. */
    public int trySetOption(int level, int option, NativeBuffer value) {
        int result = Libc.result(Libc.setsockopt(fd.number(), level, option, value.address(), value.lengthBytes()));
        Reference.reachabilityFence(value);
        return result;
    }

    public int getOption(String name, int level, int option) {
        getOption(name, level, option, word);
        return word.bytes().getInt(0);
    }

    /** Fills the value and returns how many bytes of it the kernel wrote. */
    public int getOption(String name, int level, int option, NativeBuffer value) {
        int result = tryGetOption(level, option, value);
        if (result < 0) {
            throw new LinuxException("getsockopt(" + name + ")", -result);
        }
        return result;
    }

    /** The number of bytes that the kernel wrote, or minus the errno. */
    public int tryGetOption(int level, int option, NativeBuffer value) {
        length.bytes().putInt(0, value.lengthBytes());
        int result = Libc.result(Libc.getsockopt(fd.number(), level, option, value.address(), length.address()));
        Reference.reachabilityFence(value);
        return result < 0 ? result : length.bytes().getInt(0);
    }

    /**
     * From now on calls block that do not say {@link Sock#MSG_DONTWAIT}; a receive at most so long, then it answers
     * EAGAIN. The kernel counts the time in ticks of its clock, 1 to 10 ms each.
     */
    public void letBlock(long receiveTimeoutNs) {
        NativeBuffer timeval = NativeBuffer.allocate(TIMEVAL_BYTES);
        timeval.bytes().putLong(0, receiveTimeoutNs / 1_000_000_000L);
        timeval.bytes().putLong(TIMEVAL_MICROS, receiveTimeoutNs % 1_000_000_000L / 1_000);
        setOption("SO_RCVTIMEO", Sock.SOL_SOCKET, Sock.SO_RCVTIMEO, timeval);
        Fcntl.setBlocking(fd);
    }

    /** The pending error of the socket, which the kernel clears with this: a positive errno, or 0. */
    public int takeError() {
        return getOption("SO_ERROR", Sock.SOL_SOCKET, Sock.SO_ERROR);
    }

    /**
     * Asks for a receive buffer beyond net.core.rmem_max, which needs CAP_NET_ADMIN, else for what that limit allows.
     * Returns what the kernel granted; it doubles a request to make room for its bookkeeping.
     */
    public int setReceiveBuffer(int lengthBytes) {
        if (trySetOption(Sock.SOL_SOCKET, Sock.SO_RCVBUFFORCE, lengthBytes) < 0) {
            setOption("SO_RCVBUF", Sock.SOL_SOCKET, Sock.SO_RCVBUF, lengthBytes);
        }
        return getOption("SO_RCVBUF", Sock.SOL_SOCKET, Sock.SO_RCVBUF);
    }

    /** As {@link #setReceiveBuffer}, with net.core.wmem_max. */
    public int setSendBuffer(int lengthBytes) {
        if (trySetOption(Sock.SOL_SOCKET, Sock.SO_SNDBUFFORCE, lengthBytes) < 0) {
            setOption("SO_SNDBUF", Sock.SOL_SOCKET, Sock.SO_SNDBUF, lengthBytes);
        }
        return getOption("SO_SNDBUF", Sock.SOL_SOCKET, Sock.SO_SNDBUF);
    }

    /** Bytes sent, or minus the errno. */
    public long send(long address, long lengthBytes, int flags) {
        return Libc.result(Libc.send(fd.number(), address, lengthBytes, flags));
    }

    /** Bytes sent, or minus the errno. An address and length of 0 with no destination kicks a transmit ring. */
    public long sendTo(long address, long lengthBytes, int flags, NativeBuffer destination) {
        long result = Libc.result(Libc.sendto(
                fd.number(),
                address,
                lengthBytes,
                flags,
                destination == null ? 0 : destination.address(),
                destination == null ? 0 : destination.lengthBytes()));
        Reference.reachabilityFence(destination);
        return result;
    }

    /** Bytes received, or minus the errno. With {@link Sock#MSG_TRUNC} the true length, even beyond the buffer's. */
    public long receive(long address, long lengthBytes, int flags) {
        return Libc.result(Libc.recv(fd.number(), address, lengthBytes, flags));
    }

    /**
     * Bytes sent, or minus the errno.
     *
     * @param message the address of a {@link Sock.MsgHdr}
     */
    public long sendMessage(long message, int flags) {
        return Libc.result(Libc.sendmsg(fd.number(), message, flags));
    }

    /**
     * Bytes received, or minus the errno.
     *
     * @param message the address of a {@link Sock.MsgHdr}
     */
    public long receiveMessage(long message, int flags) {
        return Libc.result(Libc.recvmsg(fd.number(), message, flags));
    }

    /** Sends the first messages of a batch; see {@link MessageBatch#send}. */
    int sendMessages(long messages, int count, int flags) {
        return Libc.result(Libc.sendmmsg(fd.number(), messages, count, flags));
    }

    int receiveMessages(long messages, int count, int flags) {
        return Libc.result(Libc.recvmmsg(fd.number(), messages, count, flags, 0));
    }

    @Override
    public void close() {
        fd.close();
    }
}
