package dev.weir.spi;

import dev.weir.Verdict;
import java.util.Set;

/**
 * What a capture is like; fixed once it is open.
 *
 * @param carriesOut the verdicts it can carry out; empty for a passive one
 * @param offline true when it has an end and its time is that of its packets (files), false when it is live
 * @param symmetric true when both directions of a flow arrive by the same queue; true with a single queue
 * @param pinsMemory true when a packet that is held keeps memory back that others need (a TPACKET_V3 block, a receive
 *     buffer): the engine then copies what is held and calls {@link CaptureQueue#detach}
 * @param maxPackets how many packets per queue may be lent out at once
 * @param maxBytes how many bytes per queue may be lent out at once
 */
public record CaptureTraits(
        Set<Verdict.Kind> carriesOut,
        boolean offline,
        boolean symmetric,
        boolean pinsMemory,
        int maxPackets,
        long maxBytes) {
    public CaptureTraits {
        carriesOut = Set.copyOf(carriesOut);
    }

    /** True when the capture sees copies: no verdict of its can be carried out. */
    public boolean passive() {
        return carriesOut.isEmpty();
    }
}
