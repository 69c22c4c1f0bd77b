package dev.weir.nfqueue;

import dev.weir.NetfilterHook;
import dev.weir.linux.netlink.Netlink.NlAttr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What one NFQNL_MSG_PACKET says, read from its attributes. Reused; a malformed attribute ends the walk, and what was
 * read before stands.
 */
final class QueuedPacket {
    private static final NetfilterHook[] HOOKS = {
        NetfilterHook.PREROUTING,
        NetfilterHook.INPUT,
        NetfilterHook.FORWARD,
        NetfilterHook.OUTPUT,
        NetfilterHook.POSTROUTING
    };

    /** Kernels before 5.18 tell the time since boot, at which TCP means to send, in place of the time of day. */
    private static final long TIME_OF_DAY_SECONDS = 1_000_000_000L;

    private static final int TYPE_MASK = 0x3fff;
    private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    int id;
    boolean hasId;
    NetfilterHook hook;
    int mark;
    long timestampNs;
    int inputInterface;
    int outputInterface;
    long hardwareAddress;
    int payloadOffset;
    int payloadLength;
    int fullLength;
    int skbInfo;
    int uid;
    int gid;

    /**
     * Reads the attributes.
     *
     * @param bytes in native order
     */
    void read(ByteBuffer bytes, int offset, int end) {
        hasId = false;
        hook = NetfilterHook.NONE;
        mark = 0;
        timestampNs = 0;
        inputInterface = 0;
        outputInterface = 0;
        hardwareAddress = -1;
        payloadOffset = 0;
        payloadLength = 0;
        fullLength = -1;
        skbInfo = 0;
        uid = -1;
        gid = -1;
        int at = offset;
        while (end - at >= NlAttr.BYTES) {
            int length = bytes.getShort(at + NlAttr.LEN) & 0xffff;
            if (length < NlAttr.BYTES || length > end - at) {
                break;
            }
            attribute(bytes, bytes.getShort(at + NlAttr.TYPE) & TYPE_MASK, at + NlAttr.BYTES, length - NlAttr.BYTES);
            at += length + 3 & ~3; // at least the four bytes of its header, so the walk ends
        }
        if (fullLength < 0) {
            fullLength = payloadLength;
        }
    }

    private void attribute(ByteBuffer bytes, int type, int at, int length) {
        switch (type) {
            case NfnetlinkQueue.NFQA_PACKET_HDR -> {
                if (length > NfnetlinkQueue.PACKET_HDR_HOOK) {
                    id = network(bytes.getInt(at + NfnetlinkQueue.PACKET_HDR_ID));
                    hasId = true;
                    int number = bytes.get(at + NfnetlinkQueue.PACKET_HDR_HOOK);
                    hook = number >= 0 && number < HOOKS.length ? HOOKS[number] : NetfilterHook.NONE;
                }
            }
            case NfnetlinkQueue.NFQA_PAYLOAD -> {
                payloadOffset = at;
                payloadLength = length;
            }
            case NfnetlinkQueue.NFQA_MARK -> mark = word(bytes, at, length, 0);
            case NfnetlinkQueue.NFQA_IFINDEX_INDEV -> inputInterface = word(bytes, at, length, 0);
            case NfnetlinkQueue.NFQA_IFINDEX_OUTDEV -> outputInterface = word(bytes, at, length, 0);
            case NfnetlinkQueue.NFQA_CAP_LEN -> fullLength = word(bytes, at, length, -1);
            case NfnetlinkQueue.NFQA_SKB_INFO -> skbInfo = word(bytes, at, length, 0);
            case NfnetlinkQueue.NFQA_UID -> uid = word(bytes, at, length, -1);
            case NfnetlinkQueue.NFQA_GID -> gid = word(bytes, at, length, -1);
            case NfnetlinkQueue.NFQA_TIMESTAMP -> {
                if (length >= 16) {
                    long seconds = network(bytes.getLong(at + NfnetlinkQueue.TIMESTAMP_SEC));
                    long micros = network(bytes.getLong(at + NfnetlinkQueue.TIMESTAMP_USEC));
                    timestampNs = seconds < TIME_OF_DAY_SECONDS ? 0 : seconds * 1_000_000_000L + micros * 1_000L;
                }
            }
            case NfnetlinkQueue.NFQA_HWADDR -> {
                if (length >= 12 && network(bytes.getInt(at + NfnetlinkQueue.HW_LENGTH)) >>> 16 == 6) {
                    hardwareAddress = network(bytes.getLong(at + NfnetlinkQueue.HW_ADDRESS)) >>> 16;
                }
            }
            default -> {
                // what later kernels add
            }
        }
    }

    private static int word(ByteBuffer bytes, int at, int length, int otherwise) {
        return length >= Integer.BYTES ? network(bytes.getInt(at)) : otherwise;
    }

    static int network(int value) {
        return LITTLE ? Integer.reverseBytes(value) : value;
    }

    static long network(long value) {
        return LITTLE ? Long.reverseBytes(value) : value;
    }
}
