package dev.weir.linux.netlink;

/** Constants and structs of {@code linux/netlink.h}; numbers are in the machine's byte order. */
public final class Netlink {
    public static final int NETLINK_ROUTE = 0;
    public static final int NETLINK_SOCK_DIAG = 4;
    public static final int NETLINK_NETFILTER = 12;
    public static final int NETLINK_GENERIC = 16;

    public static final int NLM_F_REQUEST = 0x01;
    public static final int NLM_F_MULTI = 0x02;
    public static final int NLM_F_ACK = 0x04;
    public static final int NLM_F_ECHO = 0x08;
    /** What was listed changed meanwhile: entries may be missing or doubled. */
    public static final int NLM_F_DUMP_INTR = 0x10;

    public static final int NLM_F_ROOT = 0x100;
    public static final int NLM_F_MATCH = 0x200;
    public static final int NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;
    public static final int NLM_F_REPLACE = 0x100;
    public static final int NLM_F_EXCL = 0x200;
    public static final int NLM_F_CREATE = 0x400;
    public static final int NLM_F_APPEND = 0x800;
    /** In an acknowledgement: the request is not echoed beyond its header. */
    public static final int NLM_F_CAPPED = 0x100;
    /** In an acknowledgement: attributes follow. */
    public static final int NLM_F_ACK_TLVS = 0x200;

    public static final int NLMSG_NOOP = 1;
    public static final int NLMSG_ERROR = 2;
    public static final int NLMSG_DONE = 3;
    public static final int NLMSG_OVERRUN = 4;
    public static final int NLMSG_MIN_TYPE = 0x10;
    public static final int NLMSG_ALIGNTO = 4;

    public static final int NLMSGERR_ATTR_MSG = 1;
    public static final int NLMSGERR_ATTR_OFFS = 2;

    public static final int NETLINK_ADD_MEMBERSHIP = 1;
    public static final int NETLINK_DROP_MEMBERSHIP = 2;
    public static final int NETLINK_NO_ENOBUFS = 5;
    public static final int NETLINK_CAP_ACK = 10;
    public static final int NETLINK_EXT_ACK = 11;
    public static final int NETLINK_GET_STRICT_CHK = 12;

    public static final int NLA_F_NESTED = 1 << 15;
    public static final int NLA_F_NET_BYTEORDER = 1 << 14;
    public static final int NLA_TYPE_MASK = ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER);

    private Netlink() {}

    /** Messages and attributes start at a multiple of four. */
    static int align(int length) {
        return (length + NLMSG_ALIGNTO - 1) & -NLMSG_ALIGNTO;
    }

    /** {@code struct nlmsghdr}. */
    public static final class NlMsgHdr {
        public static final int BYTES = 16;
        /** 32 bits, this header included. */
        public static final int LEN = 0;
        /** 16 bits. */
        public static final int TYPE = 4;
        /** 16 bits. */
        public static final int FLAGS = 6;

        public static final int SEQ = 8;
        /** The port of the sender; 0 is the kernel. */
        public static final int PID = 12;

        private NlMsgHdr() {}
    }

    /** {@code struct nlmsgerr}, the payload of NLMSG_ERROR: a negative errno or 0, then the header of the request. */
    public static final class NlMsgErr {
        public static final int BYTES = 20;
        public static final int ERROR = 0;
        public static final int MSG = 4;

        private NlMsgErr() {}
    }

    /** {@code struct nlattr}. */
    public static final class NlAttr {
        public static final int BYTES = 4;
        /** 16 bits, this header included, padding not. */
        public static final int LEN = 0;
        /** 16 bits, two of them flags. */
        public static final int TYPE = 2;

        private NlAttr() {}
    }

    /** {@code struct sockaddr_nl}. */
    public static final class SockaddrNl {
        public static final int BYTES = 12;
        public static final int FAMILY = 0;
        public static final int PID = 4;
        public static final int GROUPS = 8;

        private SockaddrNl() {}
    }
}
