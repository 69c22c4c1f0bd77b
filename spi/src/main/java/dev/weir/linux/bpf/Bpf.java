package dev.weir.linux.bpf;

/** Instructions of classic BPF, from {@code linux/bpf_common.h} and {@code linux/filter.h}. */
public final class Bpf {
    public static final int BPF_LD = 0x00;
    public static final int BPF_LDX = 0x01;
    public static final int BPF_ST = 0x02;
    public static final int BPF_STX = 0x03;
    public static final int BPF_ALU = 0x04;
    public static final int BPF_JMP = 0x05;
    public static final int BPF_RET = 0x06;
    public static final int BPF_MISC = 0x07;

    // Size of a load.
    public static final int BPF_W = 0x00;
    public static final int BPF_H = 0x08;
    public static final int BPF_B = 0x10;

    // Mode of a load.
    public static final int BPF_IMM = 0x00;
    public static final int BPF_ABS = 0x20;
    public static final int BPF_IND = 0x40;
    public static final int BPF_MEM = 0x60;
    public static final int BPF_LEN = 0x80;
    public static final int BPF_MSH = 0xa0;

    public static final int BPF_ADD = 0x00;
    public static final int BPF_SUB = 0x10;
    public static final int BPF_MUL = 0x20;
    public static final int BPF_DIV = 0x30;
    public static final int BPF_OR = 0x40;
    public static final int BPF_AND = 0x50;
    public static final int BPF_LSH = 0x60;
    public static final int BPF_RSH = 0x70;
    public static final int BPF_NEG = 0x80;
    public static final int BPF_MOD = 0x90;
    public static final int BPF_XOR = 0xa0;

    public static final int BPF_JA = 0x00;
    public static final int BPF_JEQ = 0x10;
    public static final int BPF_JGT = 0x20;
    public static final int BPF_JGE = 0x30;
    public static final int BPF_JSET = 0x40;

    // Second operand: the constant or the index register; of a return also the accumulator.
    public static final int BPF_K = 0x00;
    public static final int BPF_X = 0x08;
    public static final int BPF_A = 0x10;

    public static final int BPF_TAX = 0x00;
    public static final int BPF_TXA = 0x80;

    public static final int BPF_MEMWORDS = 16;
    public static final int BPF_MAXINSNS = 4096;

    /** Absolute loads from here up ask the kernel for something that is not in the packet. */
    public static final int SKF_AD_OFF = -0x1000;

    public static final int SKF_AD_PROTOCOL = 0;
    public static final int SKF_AD_PKTTYPE = 4;
    public static final int SKF_AD_IFINDEX = 8;
    public static final int SKF_AD_NLATTR = 12;
    public static final int SKF_AD_NLATTR_NEST = 16;
    public static final int SKF_AD_MARK = 20;
    public static final int SKF_AD_QUEUE = 24;
    public static final int SKF_AD_HATYPE = 28;
    public static final int SKF_AD_RXHASH = 32;
    public static final int SKF_AD_CPU = 36;
    public static final int SKF_AD_ALU_XOR_X = 40;
    /** The whole tag control information: priority, drop eligibility and VLAN id (Linux 5.0 and later). */
    public static final int SKF_AD_VLAN_TAG = 44;

    public static final int SKF_AD_VLAN_TAG_PRESENT = 48;
    public static final int SKF_AD_PAY_OFFSET = 52;
    public static final int SKF_AD_RANDOM = 56;
    public static final int SKF_AD_VLAN_TPID = 60;

    private Bpf() {}

    /** {@code struct sock_filter}, one instruction. */
    static final class SockFilter {
        static final int BYTES = 8;
        static final int CODE = 0;
        static final int JT = 2;
        static final int JF = 3;
        static final int K = 4;

        private SockFilter() {}
    }

    /** {@code struct sock_fprog} on a 64-bit machine; libpcap's {@code struct bpf_program} differs in LEN's width. */
    static final class SockFprog {
        static final int BYTES = 16;
        static final int LEN = 0;
        static final int FILTER = 8;

        private SockFprog() {}
    }
}
