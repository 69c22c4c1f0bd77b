package dev.weir.linux.bpf;

/** Constants and structs of {@code linux/bpf.h} and {@code linux/if_link.h} that programs, maps and links need. */
public final class BpfUapi {
    // enum bpf_map_type
    public static final int BPF_MAP_TYPE_HASH = 1;
    public static final int BPF_MAP_TYPE_ARRAY = 2;
    public static final int BPF_MAP_TYPE_PERCPU_HASH = 5;
    public static final int BPF_MAP_TYPE_PERCPU_ARRAY = 6;
    public static final int BPF_MAP_TYPE_LRU_HASH = 9;
    public static final int BPF_MAP_TYPE_LRU_PERCPU_HASH = 10;
    public static final int BPF_MAP_TYPE_LPM_TRIE = 11;
    public static final int BPF_MAP_TYPE_ARRAY_OF_MAPS = 12;
    public static final int BPF_MAP_TYPE_HASH_OF_MAPS = 13;
    public static final int BPF_MAP_TYPE_XSKMAP = 17;
    public static final int BPF_MAP_TYPE_RINGBUF = 27;

    // Flags of a map.
    public static final int BPF_F_NO_PREALLOC = 1 << 0;
    public static final int BPF_F_MMAPABLE = 1 << 10;

    // Flags of an update.
    public static final int BPF_ANY = 0;
    public static final int BPF_NOEXIST = 1;
    public static final int BPF_EXIST = 2;

    // enum bpf_attach_type
    public static final int BPF_XDP = 37;
    /** Linux 6.6 and later. */
    public static final int BPF_TCX_INGRESS = 46;

    public static final int BPF_TCX_EGRESS = 47;

    // enum bpf_link_type
    public static final int BPF_LINK_TYPE_XDP = 6;
    public static final int BPF_LINK_TYPE_TCX = 11;

    /** Generic XDP: the kernel runs the program on socket buffers, whatever the driver. */
    public static final int XDP_FLAGS_SKB_MODE = 1 << 1;
    /** Native XDP: the driver runs the program. */
    public static final int XDP_FLAGS_DRV_MODE = 1 << 2;

    public static final int XDP_FLAGS_HW_MODE = 1 << 3;

    // enum: IFLA_XDP_ATTACHED
    public static final int XDP_ATTACHED_NONE = 0;
    public static final int XDP_ATTACHED_DRV = 1;
    public static final int XDP_ATTACHED_SKB = 2;
    public static final int XDP_ATTACHED_HW = 3;
    public static final int XDP_ATTACHED_MULTI = 4;

    public static final int BPF_RINGBUF_BUSY_BIT = 1 << 31;
    public static final int BPF_RINGBUF_DISCARD_BIT = 1 << 30;
    public static final int BPF_RINGBUF_HDR_SZ = 8;

    private BpfUapi() {}

    /** The start of {@code struct bpf_link_info}, with the union's member for XDP and for tcx. */
    static final class LinkInfo {
        static final int BYTES = 64;
        static final int TYPE = 0;
        static final int ID = 4;
        static final int PROG_ID = 8;
        /** {@code xdp.ifindex} and {@code tcx.ifindex}: 0 when the interface is gone. */
        static final int IFINDEX = 16;

        private LinkInfo() {}
    }

    /** The start of {@code struct bpf_prog_info}. */
    static final class ProgInfo {
        static final int BYTES = 232;
        static final int ID = 4;
        /** {@code __u8 tag[8]}: a digest of the instructions. */
        static final int TAG = 8;

        static final int VERIFIED_INSNS = 216;

        private ProgInfo() {}
    }
}
