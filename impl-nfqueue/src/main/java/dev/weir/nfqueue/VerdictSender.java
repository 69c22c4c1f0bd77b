package dev.weir.nfqueue;

import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Socket;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlAttr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Collects verdicts, one NFQNL_MSG_VERDICT each, and sends up to a hundred with one call. No acknowledgement is asked
 * for: the kernel answers only what it refuses.
 */
final class VerdictSender {
    private static final int MESSAGES_MAX = 100;
    private static final int HEADER_BYTES = NlMsgHdr.BYTES + NfnetlinkQueue.NFGENMSG_BYTES;
    private static final int VERDICT_BYTES = HEADER_BYTES + NlAttr.BYTES + NfnetlinkQueue.VERDICT_HDR_BYTES;
    private static final int MARK_BYTES = NlAttr.BYTES + Integer.BYTES;
    private static final int PAYLOAD_MAX = 65_535;
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int SEND_TRIES = 1_000;

    private final Socket socket;
    private final int queueNumber;
    private final NativeBuffer memory = NativeBuffer.allocate(BUFFER_BYTES);
    private final ByteBuffer out = memory.bytes();
    private int length;
    private int messages;

    VerdictSender(Socket socket, int queueNumber) {
        this.socket = socket;
        this.queueNumber = queueNumber;
    }

    void verdict(int id, int verdict) {
        room(VERDICT_BYTES);
        begin(id, verdict);
        end();
    }

    void verdictWithMark(int id, int verdict, int mark) {
        room(VERDICT_BYTES + MARK_BYTES);
        begin(id, verdict);
        attribute(NfnetlinkQueue.NFQA_MARK, Integer.BYTES);
        out.putInt(length, QueuedPacket.network(mark));
        length += Integer.BYTES;
        end();
    }

    void verdictWithPayload(int id, int verdict, ByteBuffer payload, int payloadLength) {
        if (payloadLength > PAYLOAD_MAX - NlAttr.BYTES) {
            throw new IllegalArgumentException("a payload has at most 65,531 bytes, not " + payloadLength);
        }
        room(VERDICT_BYTES + NlAttr.BYTES + payloadLength + 3);
        begin(id, verdict);
        attribute(NfnetlinkQueue.NFQA_PAYLOAD, payloadLength);
        out.put(length, payload, 0, payloadLength);
        int padded = payloadLength + 3 & ~3;
        for (int i = payloadLength; i < padded; i++) {
            out.put(length + i, (byte) 0);
        }
        length += padded;
        end();
    }

    private int start;

    private void room(int bytes) {
        if (messages == MESSAGES_MAX || out.capacity() - length < bytes) {
            flush();
        }
    }

    private void begin(int id, int verdict) {
        start = length;
        out.putShort(start + NlMsgHdr.TYPE, (short) NfnetlinkQueue.MSG_VERDICT);
        out.putShort(start + NlMsgHdr.FLAGS, (short) Netlink.NLM_F_REQUEST);
        out.putInt(start + NlMsgHdr.SEQ, 0);
        out.putInt(start + NlMsgHdr.PID, 0);
        length += NlMsgHdr.BYTES;
        out.putShort(length, (short) 0); // family and version do not matter
        out.putShort(length + NfnetlinkQueue.NFGENMSG_RES_ID, networkShort(queueNumber));
        length += NfnetlinkQueue.NFGENMSG_BYTES;
        attribute(NfnetlinkQueue.NFQA_VERDICT_HDR, NfnetlinkQueue.VERDICT_HDR_BYTES);
        out.putInt(length, QueuedPacket.network(verdict));
        out.putInt(length + Integer.BYTES, QueuedPacket.network(id));
        length += NfnetlinkQueue.VERDICT_HDR_BYTES;
    }

    private void attribute(int type, int payloadLength) {
        out.putShort(length + NlAttr.LEN, (short) (NlAttr.BYTES + payloadLength));
        out.putShort(length + NlAttr.TYPE, (short) type);
        length += NlAttr.BYTES;
    }

    private void end() {
        out.putInt(start + NlMsgHdr.LEN, length - start);
        messages++;
    }

    static short networkShort(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Short.reverseBytes((short) value) : (short) value;
    }

    /**
     * Sends what was collected.
     *
     * @throws LinuxException when the kernel takes nothing any more
     */
    void flush() {
        if (messages == 0) {
            return;
        }
        long sent = -Errno.EAGAIN;
        // The kernel works the messages off during the call; it only says "later" when it is out of memory for them.
        for (int tries = 0; tries < SEND_TRIES && isLater(sent); tries++) {
            sent = socket.send(memory.address(), length, 0);
            if (isLater(sent)) {
                Thread.onSpinWait();
            }
        }
        Reference.reachabilityFence(memory);
        length = 0;
        messages = 0;
        if (sent < 0) {
            throw new LinuxException("send(verdicts)", (int) -sent);
        }
    }

    private static boolean isLater(long sent) {
        return sent == -Errno.EAGAIN || sent == -Errno.ENOBUFS || sent == -Errno.EINTR;
    }
}
