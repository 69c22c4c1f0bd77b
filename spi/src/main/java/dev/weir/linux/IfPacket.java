package dev.weir.linux;

/**
 * Packet sockets: constants and structs of {@code linux/if_packet.h}. Struct members are in the machine's byte order,
 * apart from {@link SockaddrLl#PROTOCOL}. The kernel's documentation is {@code networking/packet_mmap.rst}.
 *
 * <p>A block of a TPACKET_V3 receive ring starts with {@link BlockDesc}. The packets of a block form a list: the first
 * stands at {@link BlockDesc#OFFSET_TO_FIRST_PKT}, each next one {@link Tpacket3Hdr#NEXT_OFFSET} bytes behind the one
 * before. {@link BlockDesc#BLOCK_STATUS} hands the block over: read it with acquire, give it back with release.
 */
public final class IfPacket {
    // Packet types, SockaddrLl.PKTTYPE.
    public static final int PACKET_HOST = 0;
    public static final int PACKET_BROADCAST = 1;
    public static final int PACKET_MULTICAST = 2;
    public static final int PACKET_OTHERHOST = 3;
    public static final int PACKET_OUTGOING = 4;
    public static final int PACKET_LOOPBACK = 5;

    // Socket options at SOL_PACKET.
    public static final int PACKET_ADD_MEMBERSHIP = 1;
    public static final int PACKET_DROP_MEMBERSHIP = 2;
    public static final int PACKET_RX_RING = 5;
    public static final int PACKET_STATISTICS = 6;
    public static final int PACKET_COPY_THRESH = 7;
    public static final int PACKET_AUXDATA = 8;
    public static final int PACKET_ORIGDEV = 9;
    public static final int PACKET_VERSION = 10;
    public static final int PACKET_HDRLEN = 11;
    public static final int PACKET_RESERVE = 12;
    public static final int PACKET_TX_RING = 13;
    public static final int PACKET_LOSS = 14;
    public static final int PACKET_VNET_HDR = 15;
    public static final int PACKET_TX_TIMESTAMP = 16;
    public static final int PACKET_TIMESTAMP = 17;
    public static final int PACKET_FANOUT = 18;
    public static final int PACKET_TX_HAS_OFF = 19;
    public static final int PACKET_QDISC_BYPASS = 20;
    public static final int PACKET_ROLLOVER_STATS = 21;
    public static final int PACKET_FANOUT_DATA = 22;
    public static final int PACKET_IGNORE_OUTGOING = 23;

    // Types and flags of a fanout group, the upper half of the PACKET_FANOUT option's word.
    public static final int PACKET_FANOUT_HASH = 0;
    public static final int PACKET_FANOUT_LB = 1;
    public static final int PACKET_FANOUT_CPU = 2;
    public static final int PACKET_FANOUT_ROLLOVER = 3;
    public static final int PACKET_FANOUT_RND = 4;
    public static final int PACKET_FANOUT_QM = 5;
    public static final int PACKET_FANOUT_CBPF = 6;
    public static final int PACKET_FANOUT_EBPF = 7;
    public static final int PACKET_FANOUT_FLAG_ROLLOVER = 0x1000;
    public static final int PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
    public static final int PACKET_FANOUT_FLAG_DEFRAG = 0x8000;

    // PacketMreq.TYPE.
    public static final int PACKET_MR_MULTICAST = 0;
    public static final int PACKET_MR_PROMISC = 1;
    public static final int PACKET_MR_ALLMULTI = 2;
    public static final int PACKET_MR_UNICAST = 3;

    // PACKET_VERSION, and the feature request of TPACKET_V3.
    public static final int TPACKET_V1 = 0;
    public static final int TPACKET_V2 = 1;
    public static final int TPACKET_V3 = 2;
    public static final int TPACKET_ALIGNMENT = 16;
    public static final int TP_FT_REQ_FILL_RXHASH = 1;

    // Status of a received packet or block.
    public static final int TP_STATUS_KERNEL = 0;
    public static final int TP_STATUS_USER = 1 << 0;
    public static final int TP_STATUS_COPY = 1 << 1;
    public static final int TP_STATUS_LOSING = 1 << 2;
    public static final int TP_STATUS_CSUMNOTREADY = 1 << 3;
    public static final int TP_STATUS_VLAN_VALID = 1 << 4;
    public static final int TP_STATUS_BLK_TMO = 1 << 5;
    public static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;
    public static final int TP_STATUS_CSUM_VALID = 1 << 7;

    // Status of a frame to transmit.
    public static final int TP_STATUS_AVAILABLE = 0;
    public static final int TP_STATUS_SEND_REQUEST = 1 << 0;
    public static final int TP_STATUS_SENDING = 1 << 1;
    public static final int TP_STATUS_WRONG_FORMAT = 1 << 2;

    // Where the time stamp comes from.
    public static final int TP_STATUS_TS_SOFTWARE = 1 << 29;
    public static final int TP_STATUS_TS_SYS_HARDWARE = 1 << 30;
    public static final int TP_STATUS_TS_RAW_HARDWARE = 1 << 31;

    private IfPacket() {}

    /** {@code struct sockaddr_ll}. */
    public static final class SockaddrLl {
        public static final int BYTES = 20;
        public static final int FAMILY = 0;
        /** 16 bits in network order. */
        public static final int PROTOCOL = 2;

        public static final int IFINDEX = 4;
        /** ARPHRD type, {@link IfArp}. */
        public static final int HATYPE = 8;
        /** 8 bits, {@code PACKET_HOST} and the like. */
        public static final int PKTTYPE = 10;

        public static final int HALEN = 11;
        public static final int ADDR = 12;

        private SockaddrLl() {}
    }

    /** {@code struct packet_mreq}, the value of PACKET_ADD_MEMBERSHIP. */
    public static final class PacketMreq {
        public static final int BYTES = 16;
        public static final int IFINDEX = 0;
        public static final int TYPE = 4;
        public static final int ALEN = 6;
        public static final int ADDRESS = 8;

        private PacketMreq() {}
    }

    /** {@code struct tpacket_req}, the value of PACKET_RX_RING and PACKET_TX_RING up to TPACKET_V2. */
    public static final class TpacketReq {
        public static final int BYTES = 16;
        public static final int BLOCK_SIZE = 0;
        public static final int BLOCK_NR = 4;
        public static final int FRAME_SIZE = 8;
        public static final int FRAME_NR = 12;

        private TpacketReq() {}
    }

    /** {@code struct tpacket_req3}, the value of PACKET_RX_RING for TPACKET_V3. */
    public static final class TpacketReq3 {
        public static final int BYTES = 28;
        public static final int BLOCK_SIZE = 0;
        public static final int BLOCK_NR = 4;
        public static final int FRAME_SIZE = 8;
        public static final int FRAME_NR = 12;
        /** Milliseconds after which an open block is handed over; 0 lets the kernel choose from the link speed. */
        public static final int RETIRE_BLK_TOV = 16;

        public static final int SIZEOF_PRIV = 20;
        public static final int FEATURE_REQ_WORD = 24;

        private TpacketReq3() {}
    }

    /** {@code struct tpacket_block_desc} with its only header variant, {@code struct tpacket_hdr_v1}. */
    public static final class BlockDesc {
        public static final int BYTES = 48;
        public static final int VERSION = 0;
        public static final int OFFSET_TO_PRIV = 4;
        public static final int BLOCK_STATUS = 8;
        public static final int NUM_PKTS = 12;
        public static final int OFFSET_TO_FIRST_PKT = 16;
        /** Bytes in use, padding included. */
        public static final int BLK_LEN = 20;
        /** 64 bits; counts blocks of the ring, so a gap shows. */
        public static final int SEQ_NUM = 24;

        private BlockDesc() {}
    }

    /** {@code struct tpacket3_hdr}, in front of each packet of a block. */
    public static final class Tpacket3Hdr {
        public static final int BYTES = 48;
        /** Distance to the next header; 0 in the last one. */
        public static final int NEXT_OFFSET = 0;

        public static final int SEC = 4;
        public static final int NSEC = 8;
        /** Bytes captured. */
        public static final int SNAPLEN = 12;
        /** Bytes on the wire. */
        public static final int LEN = 16;

        public static final int STATUS = 20;
        /** 16 bits: distance from this header to the link-layer header. */
        public static final int MAC = 24;
        /** 16 bits: distance from this header to the network header. */
        public static final int NET = 26;

        public static final int RXHASH = 28;
        /** 32 bits, of which the lower 16 count. */
        public static final int VLAN_TCI = 32;
        /** 16 bits. */
        public static final int VLAN_TPID = 36;

        /** The {@link SockaddrLl} of the packet follows here, TPACKET_ALIGN(sizeof(struct tpacket3_hdr)). */
        public static final int SOCKADDR_LL = 48;

        private Tpacket3Hdr() {}
    }

    /** {@code struct tpacket2_hdr}, in front of each frame of a TPACKET_V2 ring. */
    public static final class Tpacket2Hdr {
        public static final int BYTES = 32;
        public static final int STATUS = 0;
        public static final int LEN = 4;
        public static final int SNAPLEN = 8;
        public static final int MAC = 12;
        public static final int NET = 14;
        public static final int SEC = 16;
        public static final int NSEC = 20;
        public static final int VLAN_TCI = 24;
        public static final int VLAN_TPID = 26;

        /** The {@link SockaddrLl} of the packet follows here, TPACKET_ALIGN(sizeof(struct tpacket2_hdr)). */
        public static final int SOCKADDR_LL = 32;

        private Tpacket2Hdr() {}
    }

    /** {@code struct tpacket_stats_v3}, the value of PACKET_STATISTICS for TPACKET_V3. Reading it sets it to zero. */
    public static final class TpacketStatsV3 {
        public static final int BYTES = 12;
        /** Packets that passed the filter, those dropped included. */
        public static final int PACKETS = 0;

        public static final int DROPS = 4;
        /** How often the queue froze because no block was free. */
        public static final int FREEZE_Q_CNT = 8;

        private TpacketStatsV3() {}
    }

    /** {@code struct tpacket_auxdata}, the control message of PACKET_AUXDATA. */
    public static final class TpacketAuxdata {
        public static final int BYTES = 20;
        public static final int STATUS = 0;
        public static final int LEN = 4;
        public static final int SNAPLEN = 8;
        public static final int MAC = 12;
        public static final int NET = 14;
        public static final int VLAN_TCI = 16;
        public static final int VLAN_TPID = 18;

        private TpacketAuxdata() {}
    }

    /** {@code struct fanout_args} on a little-endian machine, the value of PACKET_FANOUT since Linux 5.10. */
    public static final class FanoutArgs {
        public static final int BYTES = 8;
        /** 16 bits. */
        public static final int ID = 0;
        /** 16 bits. */
        public static final int TYPE_FLAGS = 2;

        public static final int MAX_NUM_MEMBERS = 4;

        private FanoutArgs() {}
    }
}
