package dev.weir.linux;

/** Constants of poll(2), from {@code asm-generic/poll.h}. */
public final class Poll {
    public static final int IN = 0x0001;
    public static final int OUT = 0x0004;
    /** Always reported, asked for or not: the socket has a pending error, the link went down for a packet socket. */
    public static final int ERR = 0x0008;

    /** Always reported, asked for or not. */
    public static final int HUP = 0x0010;

    /** Always reported, asked for or not: the descriptor is closed. */
    public static final int NVAL = 0x0020;

    /** {@code struct pollfd}. */
    static final class PollFd {
        static final int BYTES = 8;
        static final int FD = 0;
        static final int EVENTS = 4;
        static final int REVENTS = 6;

        private PollFd() {}
    }

    private Poll() {}
}
