package dev.weir;

/**
 * A conversation: the packets that share a {@link FlowKey}, both directions in one entry. A flow belongs to one worker
 * thread, which alone calls classifiers with it; everything here is for that thread, except where it says otherwise.
 *
 * <p>Flow objects are made when a flow is first seen and are never used again for another one, so a reference may be
 * kept (by a table on a screen, say) for as long as one likes.
 */
public interface Flow {
    /** Unique within the pipeline, from 1 up, in no particular order over several workers. Any thread. */
    long id();

    /**
     * The five-tuple in the direction {@link Direction#FORWARD}: that of the first packet seen, except that a flow
     * first seen with a TCP SYN-ACK is turned round. Any thread.
     */
    FlowKey key();

    /** False for the one flow a worker has for all packets that are not IP; it is never evicted. Any thread. */
    default boolean isIp() {
        return key().ipVersion() != 0;
    }

    /** Packets seen in a direction. Any thread (may lag a little behind). */
    long packets(Direction direction);

    /** Bytes on the wire in a direction, link header included. Any thread (may lag a little behind). */
    long bytes(Direction direction);

    /** Packets seen in both directions. Any thread. */
    default long packets() {
        return packets(Direction.FORWARD) + packets(Direction.REVERSE);
    }

    /** Bytes on the wire in both directions. Any thread. */
    default long bytes() {
        return bytes(Direction.FORWARD) + bytes(Direction.REVERSE);
    }

    /** Time stamp of the first packet, nanoseconds since 1970 (UTC). Any thread. */
    long firstSeenNs();

    /** Time stamp of the latest packet, nanoseconds since 1970 (UTC). Any thread (may lag a little behind). */
    long lastSeenNs();

    /** All TCP flags seen in a direction, OR-ed together, as in the header's flags byte (RFC 9293, 3.1). Any thread. */
    int tcpFlags(Direction direction);

    /** The object kept under a key, or null. */
    <T> T get(FlowState<T> key);

    /**
     * Keeps an object with this flow; null takes it away. What was kept under the key before is released first. The
     * first state of a flow allocates a small array.
     */
    <T> void put(FlowState<T> key, T state);

    /**
     * The verdict that was given for the rest of this flow, or null while each packet is judged on its own. Any thread.
     */
    Verdict verdict();

    /** Who stands behind the flow, as far as a correlator has said; never null. Any thread, no cost. */
    Attribution attribution();

    /** A handle that wakes what is held in this flow, from any thread. Allocates on the first call. */
    Resumption resumption();
}
