package dev.weir.afpacket;

import dev.weir.linux.IfEther;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.SockaddrLl;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Puts into the bytes of a packet what the kernel reports beside them, in place: the ring has room in front of each
 * packet. Offsets are absolute in the ring.
 */
final class LinkHeader {
    /** IEEE 802.1Q: a type and the control information, after the two addresses. */
    static final int TAG_BYTES = 4;

    /** The header of <a href="https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html">LINKTYPE_LINUX_SLL2</a>. */
    static final int COOKED_BYTES = 20;

    /** Two addresses of IEEE 802.3. */
    static final int ADDRESSES_BYTES = 12;

    private static final int COOKED_PROTOCOL = 0;
    private static final int COOKED_RESERVED = 2;
    private static final int COOKED_INTERFACE = 4;
    private static final int COOKED_HARDWARE_TYPE = 8;
    private static final int COOKED_PACKET_TYPE = 10;
    private static final int COOKED_ADDRESS_LENGTH = 11;
    private static final int COOKED_ADDRESS = 12;

    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private LinkHeader() {}

    /** The type of a tag that the kernel took out; before it told (Linux 3.14) there was only 802.1Q. */
    static int tagType(int status, int tpid) {
        return (status & IfPacket.TP_STATUS_VLAN_TPID_VALID) != 0 ? tpid : IfEther.ETH_P_8021Q;
    }

    /**
     * Moves the two addresses four bytes down and writes the tag behind them.
     *
     * @param frame where the destination address is; at least 12 bytes of the frame were captured, and the four bytes in
     *     front of it are free
     */
    static void insertTag(ByteBuffer ring, int frame, int type, int control) {
        for (int i = 0; i < ADDRESSES_BYTES; i += Integer.BYTES) {
            ring.putInt(frame - TAG_BYTES + i, ring.getInt(frame + i));
        }
        SHORT.set(ring, frame - TAG_BYTES + ADDRESSES_BYTES, (short) type);
        SHORT.set(ring, frame - TAG_BYTES + ADDRESSES_BYTES + Short.BYTES, (short) control);
    }

    /**
     * Writes a cooked header in front of the network header.
     *
     * @param network where the network header is; the 20 bytes in front of it are free
     * @param sockaddr the {@link SockaddrLl} of the packet
     */
    static void cook(ByteBuffer ring, int network, int sockaddr) {
        int header = network - COOKED_BYTES;
        // both in network order already
        ring.putShort(header + COOKED_PROTOCOL, ring.getShort(sockaddr + SockaddrLl.PROTOCOL));
        ring.putShort(header + COOKED_RESERVED, (short) 0);
        INT.set(ring, header + COOKED_INTERFACE, ring.getInt(sockaddr + SockaddrLl.IFINDEX));
        SHORT.set(ring, header + COOKED_HARDWARE_TYPE, ring.getShort(sockaddr + SockaddrLl.HATYPE));
        ring.put(header + COOKED_PACKET_TYPE, ring.get(sockaddr + SockaddrLl.PKTTYPE));
        ring.put(header + COOKED_ADDRESS_LENGTH, ring.get(sockaddr + SockaddrLl.HALEN));
        ring.putLong(header + COOKED_ADDRESS, ring.getLong(sockaddr + SockaddrLl.ADDR));
    }

    /** As {@link #cook} for a packet whose tag was taken out: the tag stands between header and payload, as it did. */
    static void cookTagged(ByteBuffer ring, int network, int sockaddr, int type, int control) {
        cook(ring, network - TAG_BYTES, sockaddr);
        int header = network - TAG_BYTES - COOKED_BYTES;
        short protocol = ring.getShort(header + COOKED_PROTOCOL);
        SHORT.set(ring, header + COOKED_PROTOCOL, (short) type);
        SHORT.set(ring, network - TAG_BYTES, (short) control);
        ring.putShort(network - Short.BYTES, protocol);
    }
}
