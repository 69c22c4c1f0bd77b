package dev.weir.linux;

/** Hardware types of {@code linux/if_arp.h}: what kind of header the frames of an interface start with. */
public final class IfArp {
    public static final int ARPHRD_ETHER = 1;
    public static final int ARPHRD_PPP = 512;
    public static final int ARPHRD_RAWIP = 519;
    public static final int ARPHRD_TUNNEL = 768;
    public static final int ARPHRD_TUNNEL6 = 769;
    public static final int ARPHRD_LOOPBACK = 772;
    public static final int ARPHRD_SIT = 776;
    public static final int ARPHRD_IPGRE = 778;
    public static final int ARPHRD_IEEE80211 = 801;
    public static final int ARPHRD_IEEE80211_RADIOTAP = 803;
    public static final int ARPHRD_IP6GRE = 823;
    public static final int ARPHRD_NETLINK = 824;
    public static final int ARPHRD_VSOCKMON = 826;
    /** Frames start with the network header: tun devices, WireGuard. */
    public static final int ARPHRD_NONE = 0xFFFE;

    private IfArp() {}
}
