package dev.weir.linux;

/**
 * Constants and structs of sockets, from {@code asm-generic/socket.h} and {@code linux/socket.h}; x86-64 and aarch64
 * share them.
 */
public final class Sock {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int AF_XDP = 44;

    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;

    public static final int SOL_SOCKET = 1;
    public static final int SOL_PACKET = 263;
    public static final int SOL_NETLINK = 270;
    public static final int SOL_XDP = 283;

    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_RCVTIMEO = 20;
    public static final int SO_ATTACH_FILTER = 26;
    public static final int SO_DETACH_FILTER = 27;
    public static final int SO_TIMESTAMP = 29;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_MARK = 36;
    public static final int SO_PROTOCOL = 38;
    public static final int SO_DOMAIN = 39;
    public static final int SO_RXQ_OVFL = 40;
    public static final int SO_LOCK_FILTER = 44;
    public static final int SO_BUSY_POLL = 46;
    public static final int SO_ATTACH_BPF = 50;
    public static final int SO_PREFER_BUSY_POLL = 69;
    public static final int SO_BUSY_POLL_BUDGET = 70;

    public static final int MSG_PEEK = 0x02;
    public static final int MSG_CTRUNC = 0x08;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;

    /** recvmmsg: sleeps until the first datagram comes, and takes with it what else is there. */
    public static final int MSG_WAITFORONE = 0x10000;

    private Sock() {}

    /** {@code struct msghdr} as the C library lays it out on a 64-bit machine. */
    public static final class MsgHdr {
        public static final int BYTES = 56;
        public static final int NAME = 0;
        public static final int NAMELEN = 8;
        public static final int IOV = 16;
        public static final int IOVLEN = 24;
        public static final int CONTROL = 32;
        public static final int CONTROLLEN = 40;
        public static final int FLAGS = 48;

        private MsgHdr() {}
    }

    /** {@code struct mmsghdr}: a msghdr and how many bytes it moved. */
    public static final class MmsgHdr {
        public static final int BYTES = 64;
        public static final int MSG_HDR = 0;
        public static final int MSG_LEN = 56;

        private MmsgHdr() {}
    }

    /** {@code struct iovec}. */
    public static final class Iovec {
        public static final int BYTES = 16;
        public static final int BASE = 0;
        public static final int LEN = 8;

        private Iovec() {}
    }
}
