package dev.weir.nfqueue;

import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.NetlinkWriter;

/**
 * Writes NFQNL_MSG_CONFIG messages.
 *
 * @param queueNumber 0 to 65,535
 * @param queueLength packets that may wait for a verdict, in the kernel and here together
 * @param copyRange bytes of each packet to copy
 * @param flags {@code CFG_F_…}
 */
record QueueConfig(int queueNumber, int queueLength, int copyRange, int flags) {
    private static final int ALL_FLAGS = NfnetlinkQueue.CFG_F_FAIL_OPEN
            | NfnetlinkQueue.CFG_F_CONNTRACK
            | NfnetlinkQueue.CFG_F_GSO
            | NfnetlinkQueue.CFG_F_UID_GID;

    boolean failsOpen() {
        return (flags & NfnetlinkQueue.CFG_F_FAIL_OPEN) != 0;
    }

    /** A command that kernels take and ignore since 3.8; they answer no when they have no queues, or the right lacks. */
    static void writeProbe(NetlinkWriter out, int sequence) {
        begin(out, 0, sequence);
        command(out, NfnetlinkQueue.CFG_CMD_PF_UNBIND);
        out.end();
    }

    /** Binds the queue and sets everything with one message. */
    void writeBind(NetlinkWriter out, int sequence) {
        begin(out, queueNumber, sequence);
        command(out, NfnetlinkQueue.CFG_CMD_BIND);
        int params = out.beginAttribute(NfnetlinkQueue.NFQA_CFG_PARAMS, NfnetlinkQueue.CFG_PARAMS_BYTES);
        out.bytes().putInt(params, QueuedPacket.network(copyRange));
        out.bytes().put(params + Integer.BYTES, (byte) NfnetlinkQueue.COPY_PACKET);
        limits(out, queueLength, flags);
        out.end();
    }

    /** Has the kernel queue nothing more: what comes passes where it may fail open, else it is dropped and counted. */
    void writeNoMore(NetlinkWriter out, int sequence) {
        begin(out, queueNumber, sequence);
        limits(out, 0, flags);
        out.end();
    }

    void writeUnbind(NetlinkWriter out, int sequence) {
        begin(out, queueNumber, sequence);
        command(out, NfnetlinkQueue.CFG_CMD_UNBIND);
        out.end();
    }

    private static void begin(NetlinkWriter out, int queueNumber, int sequence) {
        out.reset().begin(NfnetlinkQueue.MSG_CONFIG, Netlink.NLM_F_ACK, sequence);
        int header = out.extend(NfnetlinkQueue.NFGENMSG_BYTES);
        out.bytes().putShort(header + NfnetlinkQueue.NFGENMSG_RES_ID, VerdictSender.networkShort(queueNumber));
    }

    private static void command(NetlinkWriter out, int command) {
        int at = out.beginAttribute(NfnetlinkQueue.NFQA_CFG_CMD, NfnetlinkQueue.CFG_CMD_BYTES);
        out.bytes().put(at, (byte) command);
    }

    private static void limits(NetlinkWriter out, int queueLength, int flags) {
        out.attribute32Network(NfnetlinkQueue.NFQA_CFG_QUEUE_MAXLEN, queueLength);
        // One attribute each, all flags together: a second one would replace the first.
        out.attribute32Network(NfnetlinkQueue.NFQA_CFG_FLAGS, flags);
        out.attribute32Network(NfnetlinkQueue.NFQA_CFG_MASK, ALL_FLAGS);
    }
}
