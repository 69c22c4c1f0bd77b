package dev.weir.packet;

/** What ICMP and ICMPv6 have in common: type, code, checksum, and four bytes that depend on the type. */
abstract class IcmpMessage extends TransportView {
    private static final int LENGTH = 8;
    private static final int TYPE_OFFSET = 0;
    private static final int CODE_OFFSET = 1;
    static final int CHECKSUM_OFFSET = 2;
    private static final int REST_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;

    @Override
    public final boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, LENGTH);
    }

    /** 8: what follows depends on the type. */
    @Override
    public final int headerLength() {
        return LENGTH;
    }

    /** 0..255. */
    public final int type() {
        return bytes.u8(TYPE_OFFSET);
    }

    /** 0..255. */
    public final int code() {
        return bytes.u8(CODE_OFFSET);
    }

    /** As it stands there; {@link Checksums} tells whether it is right. */
    public final int checksum() {
        return bytes.u16(CHECKSUM_OFFSET);
    }

    /** The four bytes behind the checksum, 0..4,294,967,295. */
    public final long rest() {
        return bytes.u32(REST_OFFSET);
    }

    /** True for an echo request or its reply. */
    public abstract boolean isEcho();

    /** True for a message about a packet that could not be delivered; {@link #original} is that packet. */
    public abstract boolean isError();

    /** What tells the echoes of one sender apart, 0..65,535; -1 for other messages. */
    public final int identifier() {
        return isEcho() ? bytes.u16(REST_OFFSET) : -1;
    }

    /** The number of an echo, 0..65,535; -1 for other messages. */
    public final int sequence() {
        return isEcho() ? bytes.u16(SEQUENCE_OFFSET) : -1;
    }

    /** Moves a window to the beginning of the packet that an error is about, from its IP header on; empty for others. */
    public final Bytes original(Bytes window) {
        return isError() ? payload(window) : window.wrap(bytes, 0, 0);
    }
}
