package dev.weir.packet;

/** What stands behind IP and carries on with a payload. */
abstract class TransportView extends View {
    /**
     * Moves to a header.
     *
     * @param length bytes that IP carries from there on; more than were captured is no error
     * @return false when it is cut off or contradicts itself
     */
    public abstract boolean wrap(Bytes source, int offset, int length);

    /**
     * Moves to the header behind an IP header that was decoded, where it is this protocol.
     *
     * @return false for another protocol, for later fragments, and when the header is cut off
     */
    public final boolean wrap(Bytes packet, Headers headers) {
        int offset = headers.transportOffset();
        return headers.protocol() == protocol() && headers.fragmentOffset() == 0
                ? wrap(packet, offset, headers.networkEnd() - offset)
                : none();
    }

    /** The number of the protocol, one of {@link dev.weir.Protocols}. */
    abstract int protocol();
}
