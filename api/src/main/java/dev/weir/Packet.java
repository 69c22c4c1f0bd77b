package dev.weir;

import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/**
 * One packet, read in place where the kernel or the file put it. The object is reused: it, its {@link #bytes()} and
 * {@link #headers()} are valid while a classifier is being called with it, or until
 * {@link Capture#finish(Packet, Verdict)}; who needs more copies the bytes. The testkit finds those who do not.
 */
public interface Packet {
    /** The captured bytes, from the link header on; as long as {@link #capturedLength()}. */
    Bytes bytes();

    /**
     * The headers, decoded once on arrival; where there are several IP headers, the outermost unless the pipeline was asked
     * for the innermost ({@link PipelineBuilder#tunnels}).
     */
    Headers headers();

    /** What the first byte is: a number of {@link LinkType}. */
    int linkType();

    /** Bytes at hand: at most {@link #wireLength()}, less where the capture cuts (snap length, copy range). */
    int capturedLength();

    /** Bytes on the wire, from the link header on. */
    int wireLength();

    /** When it was seen, nanoseconds since 1970 (UTC), from the source that the capture was asked for. */
    long timestampNs();

    /** Index of the interface it came in by: the kernel's for live captures, the file's own numbering for files. */
    int interfaceIndex();

    /** Number of the capture queue that brought it, from 0. */
    int queue();

    /** How the link saw it, as far as the capture tells. */
    PacketOrigin origin();

    /** The packet's mark ({@code skb->mark}) where the capture tells it, else 0. */
    int mark();

    /** Index of the interface it would go out by, where the capture tells it, else 0. */
    int outputInterfaceIndex();

    /** Where in the kernel's path it was taken out; {@link NetfilterHook#NONE} for captures that see copies. */
    NetfilterHook hook();

    /** The link-layer address it came from, 48 bits, where the capture tells it without a link header, else -1. */
    long senderHardwareAddress();

    /** The user whose process sent it, where the capture tells it, else -1. */
    int senderUid();

    /** The group of the process that sent it, where the capture tells it, else -1. */
    int senderGid();

    /**
     * False where a checksum in the packet is known to be unfinished, because the network card or a later segmentation
     * was to complete it: a wrong value then means nothing.
     */
    boolean checksumsComplete();

    /** Which way it goes within its flow; {@link Direction#FORWARD} outside a pipeline. */
    Direction direction();

    /** True when a classifier has been asked about this packet before and answered {@link Verdict#HOLD}. */
    boolean isHeld();

    /**
     * True for a datagram that was put together from fragments ({@link dev.weir.stream.Defragmenter}): it stands for
     * several packets and cannot be replaced.
     */
    default boolean isReassembled() {
        return false;
    }

    /**
     * A buffer to write changed bytes to, for {@link Verdict#REPLACE}: it begins with a copy of this packet's captured
     * bytes, from the link header on (from the IP header on where the capture has no link header), its limit is
     * {@code length}. Calling it again with another length keeps what was written. The buffer belongs to the packet
     * and is valid as long as it is. The first call for a slot allocates, later ones reuse.
     *
     * @param length bytes of the changed packet, 1 to 65,535
     * @throws IllegalArgumentException for a length out of range
     */
    ByteBuffer replace(int length);
}
