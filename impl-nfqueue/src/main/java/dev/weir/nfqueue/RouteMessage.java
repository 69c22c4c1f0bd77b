package dev.weir.nfqueue;

/** Constants of {@code linux/rtnetlink.h}, and its {@code struct rtmsg}. */
final class RouteMessage {
    static final int RTM_NEWROUTE = 24;
    static final int RTM_GETROUTE = 26;
    static final int RTA_DST = 1;
    static final int RTN_BROADCAST = 3;

    static final int BYTES = 12;
    static final int FAMILY = 0;
    static final int DST_LEN = 1;
    static final int TYPE = 7;

    private RouteMessage() {}
}
