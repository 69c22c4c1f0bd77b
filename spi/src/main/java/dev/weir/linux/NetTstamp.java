package dev.weir.linux;

/** Time stamp sources of {@code linux/net_tstamp.h}, the value of PACKET_TIMESTAMP and SO_TIMESTAMPING. */
public final class NetTstamp {
    public static final int SOF_TIMESTAMPING_RX_HARDWARE = 1 << 2;
    public static final int SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
    public static final int SOF_TIMESTAMPING_SOFTWARE = 1 << 4;
    /** The clock of the network card, as it stamped the frame; the card must be told to with SIOCSHWTSTAMP. */
    public static final int SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6;

    private NetTstamp() {}
}
