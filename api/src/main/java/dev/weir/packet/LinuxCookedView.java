package dev.weir.packet;

import dev.weir.LinkType;

/**
 * The header that Linux writes in place of a link's own ("cooked"), in both versions
 * (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and LINKTYPE_LINUX_SLL2.html).
 */
public final class LinuxCookedView extends View {
    private static final int LENGTH = 16;
    private static final int PACKET_TYPE_OFFSET = 0;
    private static final int HARDWARE_TYPE_OFFSET = 2;
    private static final int ADDRESS_LENGTH_OFFSET = 4;
    private static final int ADDRESS_OFFSET = 6;
    private static final int PROTOCOL_OFFSET = 14;

    private static final int LENGTH_2 = 20;
    private static final int PROTOCOL_OFFSET_2 = 0;
    private static final int INTERFACE_OFFSET_2 = 4;
    private static final int HARDWARE_TYPE_OFFSET_2 = 8;
    private static final int PACKET_TYPE_OFFSET_2 = 10;
    private static final int ADDRESS_LENGTH_OFFSET_2 = 11;
    private static final int ADDRESS_OFFSET_2 = 12;

    private static final int ADDRESS_MAX = 8;

    private boolean second;

    /** Of nothing yet. */
    public LinuxCookedView() {}

    /**
     * Moves to the header of a packet.
     *
     * @param linkType {@link LinkType#LINUX_SLL} or {@link LinkType#LINUX_SLL2}
     * @return false for another link type, and when the header is cut off
     */
    public boolean wrap(Bytes packet, int linkType) {
        second = linkType == LinkType.LINUX_SLL2;
        if (!second && linkType != LinkType.LINUX_SLL) {
            return none();
        }
        return begin(packet, 0, packet.length(), second ? LENGTH_2 : LENGTH);
    }

    /** 1 or 2. */
    public int version() {
        return second ? 2 : 1;
    }

    /** To this host 0, broadcast 1, multicast 2, to another host 3, outgoing 4. */
    public int packetType() {
        return second ? bytes.u8(PACKET_TYPE_OFFSET_2) : bytes.u16(PACKET_TYPE_OFFSET);
    }

    /** What kind of link it is, an ARPHRD number of linux/if_arp.h: 1 for Ethernet. */
    public int hardwareType() {
        return bytes.u16(second ? HARDWARE_TYPE_OFFSET_2 : HARDWARE_TYPE_OFFSET);
    }

    /** Bytes of the sender's address by the header's own account; only eight are kept. */
    public int addressLength() {
        return second ? bytes.u8(ADDRESS_LENGTH_OFFSET_2) : bytes.u16(ADDRESS_LENGTH_OFFSET);
    }

    /** The sender's address as a number, of at most eight bytes; 48 bits for Ethernet, see {@link MacAddress}. */
    public long address() {
        int length = Math.min(addressLength(), ADDRESS_MAX);
        long eight = bytes.i64(second ? ADDRESS_OFFSET_2 : ADDRESS_OFFSET);
        return length == 0 ? 0 : eight >>> 8 * (ADDRESS_MAX - length);
    }

    /** What follows, a number of {@link EtherTypes}, or one of Linux's own below 1,536: 4 for LLC. */
    public int protocol() {
        return bytes.u16(second ? PROTOCOL_OFFSET_2 : PROTOCOL_OFFSET);
    }

    /** The number of the interface on the capturing host; -1 in version 1, which has none. */
    public int interfaceIndex() {
        return second ? bytes.i32(INTERFACE_OFFSET_2) : -1;
    }

    @Override
    public int headerLength() {
        return second ? LENGTH_2 : LENGTH;
    }
}
