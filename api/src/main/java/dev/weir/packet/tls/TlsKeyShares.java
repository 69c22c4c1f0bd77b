package dev.weir.packet.tls;

import dev.weir.packet.Bytes;

/**
 * The key shares that a client offers (RFC 8446, 4.2.8): groups and the lengths of the public keys. Belongs to its view.
 */
public final class TlsKeyShares extends TlsItems {
    private static final int HEADER_LENGTH = 4; // group 2, length 2

    TlsKeyShares(Bytes message) {
        super(message);
    }

    @Override
    int itemBytes(int at, int end) {
        return at + HEADER_LENGTH <= end ? HEADER_LENGTH + message.u16(at + 2) : 0;
    }

    /** The named group of a share; 0 is the first. */
    public int group(int index) {
        return message.u16(find(index));
    }

    /** Bytes of the public key of a share. */
    public int lengthBytes(int index) {
        return message.u16(find(index) + 2);
    }
}
