package dev.weir.nfqueue;

import dev.weir.linux.NativeBuffer;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.Netlink.NlAttr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects verdicts and sends up to a hundred messages with one call. Packets that are decided in the order in which they
 * came, all alike, share one message (NFQNL_MSG_VERDICT_BATCH); the others have one each. They are carried out in the
 * order in which they were given. No acknowledgement is asked for: the kernel answers only what it refuses, and tells the
 * sequence number, which here is the number of packets that the message decides.
 */
final class VerdictSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VerdictSender.class);
    private static final int MESSAGES_MAX = 100;
    private static final int HEADER_BYTES = NlMsgHdr.BYTES + NfnetlinkQueue.NFGENMSG_BYTES;
    private static final int VERDICT_BYTES = HEADER_BYTES + NlAttr.BYTES + NfnetlinkQueue.VERDICT_HDR_BYTES;
    private static final int MARK_BYTES = NlAttr.BYTES + Integer.BYTES;
    private static final int PAYLOAD_MAX = 65_535;
    private static final int BUFFER_BYTES = 256 << 10;

    private final VerdictOutlet outlet;
    private final int queueNumber;
    private boolean mayHaveThread;
    private NativeBuffer memory = NativeBuffer.allocate(BUFFER_BYTES);
    private ByteBuffer out = memory.bytes();

    /** Null as long as packets have never piled up. */
    private VerdictCourier courier;

    private boolean piledUp;
    private int length;
    private int messages;
    private int start;

    private int runLength;
    private int runVerdict;
    private int runLastId;

    /** @param mayHaveThread true to send on another thread while packets have piled up */
    VerdictSender(VerdictOutlet outlet, int queueNumber, boolean mayHaveThread) {
        this.outlet = outlet;
        this.queueNumber = queueNumber;
        this.mayHaveThread = mayHaveThread;
    }

    /** Says whether packets have piled up. */
    void piledUp(boolean piledUp) {
        this.piledUp = piledUp;
    }

    /**
     * The verdict for one packet.
     *
     * @param allBefore true when all packets that came before it have their verdict
     */
    void verdict(int id, int verdict, boolean allBefore) {
        if (!allBefore) {
            single(id, verdict);
        } else if (runLength > 0 && runVerdict == verdict) {
            runLength++;
            runLastId = id;
        } else {
            endRun();
            runLength = 1;
            runVerdict = verdict;
            runLastId = id;
        }
    }

    private void single(int id, int verdict) {
        room(VERDICT_BYTES);
        begin(NfnetlinkQueue.MSG_VERDICT, 1, id, verdict);
        end();
    }

    /** Only packets that are decided come before the last of a run, so the kernel finds no others up to its id. */
    private void endRun() {
        if (runLength == 0) {
            return;
        }
        if (messages == MESSAGES_MAX || out.capacity() - length < VERDICT_BYTES) {
            send();
        }
        int type = runLength == 1 ? NfnetlinkQueue.MSG_VERDICT : NfnetlinkQueue.MSG_VERDICT_BATCH;
        begin(type, runLength, runLastId, runVerdict);
        end();
        runLength = 0;
    }

    void verdictWithMark(int id, int verdict, int mark) {
        room(VERDICT_BYTES + MARK_BYTES);
        begin(NfnetlinkQueue.MSG_VERDICT, 1, id, verdict);
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
        begin(NfnetlinkQueue.MSG_VERDICT, 1, id, verdict);
        attribute(NfnetlinkQueue.NFQA_PAYLOAD, payloadLength);
        out.put(length, payload, 0, payloadLength);
        int padded = payloadLength + 3 & ~3;
        for (int i = payloadLength; i < padded; i++) {
            out.put(length + i, (byte) 0);
        }
        length += padded;
        end();
    }

    /** For one more message, behind those of the packets decided before. */
    private void room(int bytes) {
        endRun();
        if (messages == MESSAGES_MAX || out.capacity() - length < bytes) {
            send();
        }
    }

    private void begin(int type, int packets, int id, int verdict) {
        start = length;
        out.putShort(start + NlMsgHdr.TYPE, (short) type);
        out.putShort(start + NlMsgHdr.FLAGS, (short) Netlink.NLM_F_REQUEST);
        out.putInt(start + NlMsgHdr.SEQ, packets);
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
     * Sends what was collected, or has it sent.
     *
     * @throws RuntimeException when the kernel takes nothing any more
     */
    void flush() {
        endRun();
        send();
    }

    /** Waits until all that was flushed is carried out. */
    void settle() {
        if (courier != null) {
            courier.settle();
        }
    }

    private void send() {
        if (messages == 0) {
            return;
        }
        boolean beside = piledUp && ensureCourier();
        int full = length;
        length = 0;
        messages = 0;
        if (beside) {
            memory = courier.hand(memory, full);
            out = memory.bytes();
        } else {
            settle(); // they are carried out in their order
            outlet.send(memory, full);
        }
    }

    /** Starts the other thread if it is not there; false when there is to be none. */
    private boolean ensureCourier() {
        if (courier == null && mayHaveThread) {
            try {
                courier = new VerdictCourier(outlet, "weir nfqueue " + queueNumber + " verdicts", BUFFER_BYTES);
            } catch (OutOfMemoryError noThread) {
                mayHaveThread = false;
                LOG.warn("nfqueue {}: no second thread for verdicts: {}", queueNumber, noThread.getMessage());
            }
        }
        return courier != null;
    }

    @Override
    public void close() {
        if (courier != null) {
            courier.close();
        }
    }
}
