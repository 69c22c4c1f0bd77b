package dev.weir.linux;

import java.nio.ByteOrder;

/** Ether types of {@code linux/if_ether.h} that packet sockets are opened with. */
public final class IfEther {
    public static final int ETH_HLEN = 14;
    public static final int ETH_P_ALL = 0x0003;
    public static final int ETH_P_IP = 0x0800;
    public static final int ETH_P_ARP = 0x0806;
    public static final int ETH_P_8021Q = 0x8100;
    public static final int ETH_P_IPV6 = 0x86DD;
    public static final int ETH_P_8021AD = 0x88A8;

    private IfEther() {}

    /** What htons() gives: the ether type as socket(2) and {@code sll_protocol} take it. */
    public static int networkOrder(int etherType) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? etherType
                : Short.toUnsignedInt(Short.reverseBytes((short) etherType));
    }
}
