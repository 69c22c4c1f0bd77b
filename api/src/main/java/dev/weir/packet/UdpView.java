package dev.weir.packet;

import dev.weir.Protocols;

/** A UDP header (RFC 768). */
public final class UdpView extends PortsView {
    static final int LENGTH = 8;
    private static final int LENGTH_OFFSET = 4;
    static final int CHECKSUM_OFFSET = 6;

    /** Of nothing yet. */
    public UdpView() {}

    @Override
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, LENGTH)) {
            return false;
        }
        if (length() == 0) {
            return true; // a jumbogram (RFC 2675, 4), or segmentation is left to the network card
        }
        if (length() < LENGTH) {
            return none();
        }
        bytes.wrap(bytes, 0, Math.min(bytes.length(), length()));
        return true;
    }

    @Override
    int protocol() {
        return Protocols.UDP;
    }

    /** Bytes of header and payload, as stated; 0 for a jumbogram. */
    public int length() {
        return bytes.u16(LENGTH_OFFSET);
    }

    /** As it stands there, 0 for none; {@link Checksums} tells whether it is right. */
    public int checksum() {
        return bytes.u16(CHECKSUM_OFFSET);
    }

    @Override
    public int headerLength() {
        return LENGTH;
    }
}
