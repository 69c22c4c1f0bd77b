package dev.weir.nfqueue;

/** Constants of {@code linux/netfilter/nfnetlink_queue.h}, {@code nfnetlink.h} and {@code netfilter.h}. */
final class NfnetlinkQueue {
    private static final int NFNL_SUBSYS_QUEUE = 3;

    static final int MSG_PACKET = NFNL_SUBSYS_QUEUE << 8;
    static final int MSG_VERDICT = NFNL_SUBSYS_QUEUE << 8 | 1;
    static final int MSG_CONFIG = NFNL_SUBSYS_QUEUE << 8 | 2;
    static final int MSG_VERDICT_BATCH = NFNL_SUBSYS_QUEUE << 8 | 3;

    /** {@code struct nfgenmsg}: family (8 bits), version (8), queue number (16, network order). */
    static final int NFGENMSG_BYTES = 4;

    static final int NFGENMSG_RES_ID = 2;

    // attributes of a packet and of a verdict
    static final int NFQA_PACKET_HDR = 1;
    static final int NFQA_VERDICT_HDR = 2;
    static final int NFQA_MARK = 3;
    static final int NFQA_TIMESTAMP = 4;
    static final int NFQA_IFINDEX_INDEV = 5;
    static final int NFQA_IFINDEX_OUTDEV = 6;
    static final int NFQA_HWADDR = 9;
    static final int NFQA_PAYLOAD = 10;
    static final int NFQA_CAP_LEN = 13;
    static final int NFQA_SKB_INFO = 14;
    static final int NFQA_UID = 16;
    static final int NFQA_GID = 17;

    /** {@code struct nfqnl_msg_packet_hdr}, packed: id (32, network order), protocol (16, network order), hook (8). */
    static final int PACKET_HDR_ID = 0;

    static final int PACKET_HDR_HOOK = 6;

    /** {@code struct nfqnl_msg_packet_hw}: address length (16, network order), padding, eight bytes. */
    static final int HW_LENGTH = 0;

    static final int HW_ADDRESS = 4;

    /** {@code struct nfqnl_msg_packet_timestamp}: seconds and microseconds, 64 bits each, network order. */
    static final int TIMESTAMP_SEC = 0;

    static final int TIMESTAMP_USEC = 8;

    /** {@code struct nfqnl_msg_verdict_hdr}: verdict and id, 32 bits each, network order. */
    static final int VERDICT_HDR_BYTES = 8;

    static final int SKB_CSUMNOTREADY = 1;
    static final int SKB_GSO = 2;

    // attributes of a configuration
    static final int NFQA_CFG_CMD = 1;
    static final int NFQA_CFG_PARAMS = 2;
    static final int NFQA_CFG_QUEUE_MAXLEN = 3;
    static final int NFQA_CFG_MASK = 4;
    static final int NFQA_CFG_FLAGS = 5;

    /** {@code struct nfqnl_msg_config_cmd}: command (8), padding (8), protocol family (16, network order). */
    static final int CFG_CMD_BYTES = 4;

    static final int CFG_CMD_BIND = 1;
    static final int CFG_CMD_UNBIND = 2;
    static final int CFG_CMD_PF_UNBIND = 4;

    /** {@code struct nfqnl_msg_config_params}, packed: copy range (32, network order), copy mode (8). */
    static final int CFG_PARAMS_BYTES = 5;

    static final int COPY_PACKET = 2;

    static final int CFG_F_FAIL_OPEN = 1;
    static final int CFG_F_CONNTRACK = 1 << 1;
    static final int CFG_F_GSO = 1 << 2;
    static final int CFG_F_UID_GID = 1 << 3;

    // netfilter.h
    static final int NF_DROP = 0;
    static final int NF_ACCEPT = 1;
    static final int NF_REPEAT = 4;

    private NfnetlinkQueue() {}
}
