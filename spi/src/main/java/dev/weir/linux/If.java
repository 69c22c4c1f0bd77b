package dev.weir.linux;

/** Interface flags and requests of {@code linux/if.h} and {@code linux/sockios.h}. */
public final class If {
    public static final int IFNAMSIZ = 16;

    public static final int IFF_UP = 1 << 0;
    public static final int IFF_BROADCAST = 1 << 1;
    public static final int IFF_LOOPBACK = 1 << 3;
    public static final int IFF_POINTOPOINT = 1 << 4;
    public static final int IFF_RUNNING = 1 << 6;
    public static final int IFF_NOARP = 1 << 7;
    public static final int IFF_PROMISC = 1 << 8;
    public static final int IFF_ALLMULTI = 1 << 9;
    public static final int IFF_MULTICAST = 1 << 12;

    public static final int SIOCGIFNAME = 0x8910;
    public static final int SIOCGIFFLAGS = 0x8913;
    public static final int SIOCSIFFLAGS = 0x8914;
    public static final int SIOCGIFMTU = 0x8921;
    public static final int SIOCGIFHWADDR = 0x8927;
    public static final int SIOCGIFINDEX = 0x8933;

    private If() {}

    /** {@code struct ifreq}: a name and a union. */
    public static final class Ifreq {
        public static final int BYTES = 40;
        public static final int NAME = 0;
        public static final int IFINDEX = 16;
        /** 16 bits. */
        public static final int FLAGS = 16;

        public static final int MTU = 16;
        /** {@code struct sockaddr}: the ARPHRD type in 16 bits, then the address. */
        public static final int HWADDR = 16;
        /** A pointer. */
        public static final int DATA = 16;

        private Ifreq() {}
    }
}
