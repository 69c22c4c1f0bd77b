package dev.weir.linux;

/** Constants and addresses of {@code netinet/in.h} and {@code netinet/icmp6.h}; ports and addresses in network order. */
public final class Inet {
    public static final int IPPROTO_ICMPV6 = 58;
    /** A raw socket that is given whole packets, IP header included, and receives none. */
    public static final int IPPROTO_RAW = 255;

    /** Level {@link #IPPROTO_ICMPV6}: a bit for each ICMPv6 type, set to keep it away from the socket. */
    public static final int ICMP6_FILTER = 1;

    private Inet() {}

    /** {@code struct sockaddr_in}. */
    public static final class SockaddrIn {
        public static final int BYTES = 16;
        public static final int FAMILY = 0;
        public static final int PORT = 2;
        public static final int ADDR = 4;

        private SockaddrIn() {}
    }

    /** {@code struct sockaddr_in6}. */
    public static final class SockaddrIn6 {
        public static final int BYTES = 28;
        public static final int FAMILY = 0;
        public static final int PORT = 2;
        public static final int ADDR = 8;
        /** The interface of a link-local address, in the machine's order. */
        public static final int SCOPE_ID = 24;

        private SockaddrIn6() {}
    }
}
