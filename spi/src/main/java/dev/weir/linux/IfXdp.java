package dev.weir.linux;

/** Constants and structs of AF_XDP, from {@code linux/if_xdp.h}. */
public final class IfXdp {
    // Flags of bind(2).
    public static final int XDP_SHARED_UMEM = 1 << 0;
    public static final int XDP_COPY = 1 << 1;
    public static final int XDP_ZEROCOPY = 1 << 2;
    /** The kernel says by {@link #XDP_RING_NEED_WAKEUP} when it has to be called. */
    public static final int XDP_USE_NEED_WAKEUP = 1 << 3;

    /** Flag of the fill and the TX ring. */
    public static final int XDP_RING_NEED_WAKEUP = 1 << 0;

    // Socket options of the level SOL_XDP.
    public static final int XDP_MMAP_OFFSETS = 1;
    public static final int XDP_RX_RING = 2;
    public static final int XDP_TX_RING = 3;
    public static final int XDP_UMEM_REG = 4;
    public static final int XDP_UMEM_FILL_RING = 5;
    public static final int XDP_UMEM_COMPLETION_RING = 6;
    public static final int XDP_STATISTICS = 7;
    public static final int XDP_OPTIONS = 8;

    /** Flag of {@link XdpOptions}. */
    public static final int XDP_OPTIONS_ZEROCOPY = 1 << 0;

    /** Where mmap(2) finds each ring; beyond what an int holds. */
    public static final long XDP_PGOFF_RX_RING = 0;

    public static final long XDP_PGOFF_TX_RING = 0x8000_0000L;
    public static final long XDP_UMEM_PGOFF_FILL_RING = 0x1_0000_0000L;
    public static final long XDP_UMEM_PGOFF_COMPLETION_RING = 0x1_8000_0000L;

    /** Bytes that the kernel keeps free in front of a received frame ({@code XDP_PACKET_HEADROOM} of linux/bpf.h). */
    public static final int XDP_PACKET_HEADROOM = 256;

    private IfXdp() {}

    /** What came after the headers of Linux 6.1. */
    public static final class Newer {
        /** Flag of bind(2): frames may consist of several descriptors (Linux 6.6). */
        public static final int XDP_USE_SG = 1 << 4;

        /** Flag in {@link XdpDesc#OPTIONS}: the packet goes on in the next descriptor (Linux 6.6). */
        public static final int XDP_PKT_CONTD = 1 << 0;

        /** Socket option: frames sent by one call in copy mode, 32 to the size of the ring (Linux 6.18). */
        public static final int XDP_MAX_TX_SKB_BUDGET = 9;

        private Newer() {}
    }

    /** {@code struct sockaddr_xdp}. */
    public static final class SockaddrXdp {
        public static final int BYTES = 16;
        /** 16 bits. */
        public static final int FAMILY = 0;
        /** 16 bits. */
        public static final int FLAGS = 2;

        public static final int IFINDEX = 4;
        public static final int QUEUE_ID = 8;
        public static final int SHARED_UMEM_FD = 12;

        private SockaddrXdp() {}
    }

    /** {@code struct xdp_ring_offset}: where the parts of a ring are in its mapping; 64 bits each. */
    public static final class RingOffset {
        public static final int BYTES = 32;
        public static final int PRODUCER = 0;
        public static final int CONSUMER = 8;
        public static final int DESC = 16;
        public static final int FLAGS = 24;

        private RingOffset() {}
    }

    /** {@code struct xdp_mmap_offsets}: a {@link RingOffset} for each ring. */
    public static final class MmapOffsets {
        public static final int BYTES = 128;
        public static final int RX = 0;
        public static final int TX = 32;
        public static final int FR = 64;
        public static final int CR = 96;

        private MmapOffsets() {}
    }

    /** {@code struct xdp_umem_reg} up to {@code flags}; later kernels know more fields, absent ones are zero. */
    public static final class UmemReg {
        /** Size in Linux 5.4 to 6.7; the kernel tells versions apart by it. */
        public static final int BYTES = 32;
        /** 64 bits. */
        public static final int ADDR = 0;
        /** 64 bits. */
        public static final int LEN = 8;

        public static final int CHUNK_SIZE = 16;
        public static final int HEADROOM = 20;
        public static final int FLAGS = 24;

        private UmemReg() {}
    }

    /** {@code struct xdp_statistics}, 64 bits each, since the socket was bound. */
    public static final class XdpStatistics {
        public static final int BYTES = 48;
        /** Dropped for want of a frame (in copy mode), or because the packet was larger than one. */
        public static final int RX_DROPPED = 0;

        public static final int RX_INVALID_DESCS = 8;
        public static final int TX_INVALID_DESCS = 16;
        public static final int RX_RING_FULL = 24;
        public static final int RX_FILL_RING_EMPTY_DESCS = 32;
        public static final int TX_RING_EMPTY_DESCS = 40;

        private XdpStatistics() {}
    }

    /** {@code struct xdp_options}. */
    public static final class XdpOptions {
        public static final int BYTES = 4;
        public static final int FLAGS = 0;

        private XdpOptions() {}
    }

    /** {@code struct xdp_desc}: an entry of the RX and the TX ring. Those of the others are addresses of 64 bits. */
    public static final class XdpDesc {
        public static final int BYTES = 16;
        /** 64 bits: offset into the umem. */
        public static final int ADDR = 0;

        public static final int LEN = 8;
        public static final int OPTIONS = 12;

        private XdpDesc() {}
    }
}
