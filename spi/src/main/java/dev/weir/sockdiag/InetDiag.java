package dev.weir.sockdiag;

/** Constants and structs of {@code linux/inet_diag.h}, {@code linux/sock_diag.h} and {@code linux/rtnetlink.h}. */
public final class InetDiag {
    /** Message type of questions and answers about sockets. */
    public static final int SOCK_DIAG_BY_FAMILY = 20;

    /** "Any cookie", in both halves. */
    public static final int INET_DIAG_NOCOOKIE = -1;

    private InetDiag() {}

    /** {@code struct inet_diag_sockid}; addresses and ports are in network order, IPv4 in the first four bytes. */
    public static final class SockId {
        public static final int BYTES = 48;
        /** 16 bits. */
        public static final int SPORT = 0;
        /** 16 bits. */
        public static final int DPORT = 2;
        /** 128 bits. */
        public static final int SRC = 4;
        /** 128 bits. */
        public static final int DST = 20;

        public static final int IF = 36;
        /** Two words, the lower half first. */
        public static final int COOKIE = 40;

        private SockId() {}
    }

    /** {@code struct inet_diag_req_v2}. */
    public static final class ReqV2 {
        public static final int BYTES = 56;
        /** 8 bits. */
        public static final int FAMILY = 0;
        /** 8 bits. */
        public static final int PROTOCOL = 1;
        /** Mask of the states to list; 1 shifted by the state. */
        public static final int STATES = 4;

        public static final int ID = 8;

        private ReqV2() {}
    }

    /** {@code struct inet_diag_msg}. */
    public static final class Msg {
        public static final int BYTES = 72;
        /** 8 bits. */
        public static final int FAMILY = 0;
        /** 8 bits, a {@code TCP_…} state for UDP as well. */
        public static final int STATE = 1;

        public static final int ID = 4;
        public static final int UID = 64;
        public static final int INODE = 68;

        private Msg() {}
    }

    /** Addresses of the host, asked over {@code NETLINK_ROUTE}. */
    public static final class Route {
        public static final int RTM_NEWADDR = 20;
        public static final int RTM_DELADDR = 21;
        public static final int RTM_GETADDR = 22;
        public static final int RTMGRP_IPV4_IFADDR = 0x10;
        public static final int RTMGRP_IPV6_IFADDR = 0x100;
        public static final int IFA_ADDRESS = 1;
        public static final int IFA_LOCAL = 2;

        private Route() {}
    }

    /** {@code struct ifaddrmsg} of {@code linux/if_addr.h}. */
    public static final class IfAddrMsg {
        public static final int BYTES = 8;
        /** 8 bits. */
        public static final int FAMILY = 0;

        public static final int INDEX = 4;

        private IfAddrMsg() {}
    }
}
