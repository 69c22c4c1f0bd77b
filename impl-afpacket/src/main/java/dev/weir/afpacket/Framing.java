package dev.weir.afpacket;

import dev.weir.LinkType;
import dev.weir.linux.IfArp;
import dev.weir.linux.Sock;

/** How the frames of an interface are taken: with what kind of socket, and what their first byte then is. */
enum Framing {
    /** From the destination address on; a VLAN tag that the kernel took out is put back. */
    ETHERNET(Sock.SOCK_RAW, LinkType.ETHERNET, 0),
    /** From the IP header on: tun devices, WireGuard, IP tunnels. */
    RAW_IP(Sock.SOCK_RAW, LinkType.RAW, 0),
    /** 802.11 with a radiotap header: an interface in monitor mode. */
    RADIOTAP(Sock.SOCK_RAW, 127, 0),
    /** From the network header on, with a Linux cooked header (version 2) made in front of it: everything else. */
    COOKED(Sock.SOCK_DGRAM, LinkType.LINUX_SLL2, LinkHeader.COOKED_BYTES);

    private final int socketType;
    private final int linkType;
    private final int madeHeaderBytes;

    Framing(int socketType, int linkType, int madeHeaderBytes) {
        this.socketType = socketType;
        this.linkType = linkType;
        this.madeHeaderBytes = madeHeaderBytes;
    }

    /** @param hardwareType of the interface, {@link IfArp} */
    static Framing of(int hardwareType) {
        return switch (hardwareType) {
            case IfArp.ARPHRD_ETHER, IfArp.ARPHRD_LOOPBACK -> ETHERNET;
            case IfArp.ARPHRD_NONE, IfArp.ARPHRD_RAWIP, IfArp.ARPHRD_TUNNEL, IfArp.ARPHRD_TUNNEL6, IfArp.ARPHRD_SIT ->
                RAW_IP;
            case IfArp.ARPHRD_IEEE80211_RADIOTAP -> RADIOTAP;
            default -> COOKED;
        };
    }

    /** {@code SOCK_RAW} or {@code SOCK_DGRAM}. */
    int socketType() {
        return socketType;
    }

    /** A number of {@link LinkType}. */
    int linkType() {
        return linkType;
    }

    /** Bytes that are made in front of what the kernel delivers. */
    int madeHeaderBytes() {
        return madeHeaderBytes;
    }
}
