package dev.weir.packet;

/**
 * The headers of the innermost IP packet: behind every tunnel ({@link TunnelView}) that carries one. Reused, for one
 * thread at a time. Costs as {@link Headers#decode} for a packet without a tunnel, and as much again for each one.
 */
public final class InnermostHeaders {
    private final Headers even = new Headers();
    private final Headers odd = new Headers();

    /** Headers of nothing. */
    public InnermostHeaders() {}

    /**
     * Decodes a packet. Each inner header begins behind the one before, so the search ends with the packet.
     *
     * @return the headers, valid until the next call; the outermost ones when no tunnel carries IP
     * @see Headers#decode(Bytes, int, int)
     */
    public Headers decode(Bytes bytes, int linkType, int wireLength) {
        even.decode(bytes, linkType, wireLength);
        Headers found = even;
        Headers next = odd;
        while (next.decodeInner(found, bytes)) {
            Headers passed = found;
            found = next;
            next = passed;
        }
        return found;
    }
}
