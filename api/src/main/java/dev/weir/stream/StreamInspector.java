package dev.weir.stream;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Verdict;

/**
 * Judges a conversation by what is said in it. {@link StreamClassifier} puts segments in order and calls it when the
 * contiguous bytes of one direction grew or ended; it never sees a segment.
 *
 * <p>Whoever wants "the first 2,000 bytes" sets {@link StreamOptions#bytesPerDirection()} and waits for
 * {@link StreamBytes#bytes()} to be as long; whoever reads messages consumes each ({@link StreamBytes#consume}); whoever
 * has seen enough says so ({@link StreamBytes#enough()}).
 *
 * <p><b>Threads.</b> As a {@link dev.weir.Classifier}: all calls for one flow come from one thread; an instance shared by
 * several workers is called by several threads at once.
 */
@FunctionalInterface
public interface StreamInspector {
    /**
     * Looks at the bytes of one direction.
     *
     * @param stream valid during the call only
     * @param packet the packet that brought the latest bytes, or told the end; of a fragmented datagram, the whole one
     * @return {@link Verdict#CONTINUE} without {@link StreamBytes#enough()}: more bytes are needed before there is an
     *     opinion; with it: no opinion. {@link Verdict#HOLD}: the answer comes from elsewhere
     *     ({@link Flow#resumption()}); the inspector is then asked again. Any other verdict decides
     */
    Verdict inspect(StreamBytes stream, Packet packet, Flow flow);

    /**
     * False to leave a flow alone; asked once per flow, with the first TCP packet (or datagram) seen of it. A flow that
     * is not wanted costs one look-up per packet.
     */
    default boolean wants(Packet packet, Flow flow) {
        return true;
    }

    /**
     * Bytes came a second time, with another content: the inspector keeps seeing the first, the receiver may read the
     * second (Ptacek and Newsham, 1998). Noticed as long as the first ones are kept, which is until they are consumed.
     *
     * @param stream what is collected; nothing can be consumed here
     * @param offset of the first byte that differs
     * @param lengthBytes from there to the end of the bytes that came twice
     * @return {@link Verdict#CONTINUE} to go on as if the content were the same; {@link Verdict#DROP} discards the second
     *     packet alone
     */
    default Verdict conflict(StreamBytes stream, long offset, int lengthBytes, Packet packet, Flow flow) {
        return Verdict.CONTINUE;
    }

    /**
     * The flow has ended without the stream having ended: there is no packet to judge, but what was collected can
     * still be read. Called once for each direction that holds bytes not consumed, with {@link StreamEnd#RESET} when the last
     * word of either side was a RST, else with {@link StreamEnd#ABANDONED}.
     */
    default void abandoned(StreamBytes stream, Flow flow) {}
}
