package dev.weir.nfqueue;

import dev.weir.linux.Socket;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes changed packets ready to go out, or says why they cannot. For the thread of its queue. */
final class Replacements {
    private static final Logger LOG = LoggerFactory.getLogger(Replacements.class);

    private final int queueNumber;
    private final Mtus mtus;
    private final PayloadRepair repair = new PayloadRepair();
    private boolean warned;

    /** @param socket says in which network namespace the interfaces are */
    Replacements(int queueNumber, Socket socket) {
        this.queueNumber = queueNumber;
        mtus = new Mtus(socket);
    }

    /** Repairs a changed packet; false when it cannot go out. The first such is logged. */
    boolean prepare(Slot slot, Place where, ByteBuffer bytes) {
        String refusal = refusal(slot, where, bytes);
        if (refusal != null && !warned) {
            warned = true;
            LOG.warn(
                    "nfqueue {}: a changed packet of {} bytes was dropped: {}; further ones are counted, not logged",
                    queueNumber,
                    bytes.limit(),
                    refusal);
        }
        return refusal == null;
    }

    private String refusal(Slot slot, Place where, ByteBuffer bytes) {
        if (slot.capturedLength() < slot.wireLength()) {
            return "only a part of it was copied here (copy-range), the rest would be lost";
        }
        int mtu = where.outputInterface == 0 ? PayloadRepair.PAYLOAD_MAX : mtus.of(where.outputInterface);
        if ((where.skbInfo & NfnetlinkQueue.SKB_GSO) == 0) {
            return repair.repair(bytes, mtu);
        }
        // The kernel cuts it into segments as it would have cut the one that came, and loses what is no longer than
        // one.
        if (where.outputInterface != 0 && bytes.limit() <= mtu && bytes.limit() < slot.wireLength()) {
            return "it came unsegmented and became too short to be cut into segments; without gso it could go out";
        }
        return repair.repair(bytes, PayloadRepair.PAYLOAD_MAX);
    }
}
