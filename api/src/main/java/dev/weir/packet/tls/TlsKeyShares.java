package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.util.Objects;

/**
 * The key shares that a client offers (RFC 8446, 4.2.8): groups and the lengths of the public keys. Belongs to its view.
 * A share takes four bytes at least, so a walk ends with the extension.
 */
public final class TlsKeyShares {
    private static final int HEADER_LENGTH = 4; // group 2, length 2

    private final Bytes message;
    private int offset;
    private int size;

    TlsKeyShares(Bytes message) {
        this.message = message;
    }

    void clear() {
        size = 0;
    }

    /** Takes the list over; stays empty when it does not end where its last share does. */
    void at(int start, int lengthBytes) {
        int end = start + lengthBytes;
        int at = start;
        int count = 0;
        while (at + HEADER_LENGTH <= end) {
            at += HEADER_LENGTH + message.u16(at + 2);
            count++;
        }
        offset = start;
        size = at == end ? count : 0;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** The named group of a share; 0 is the first. */
    public int group(int index) {
        return message.u16(find(index));
    }

    /** Bytes of the public key of a share. */
    public int lengthBytes(int index) {
        return message.u16(find(index) + 2);
    }

    private int find(int index) {
        Objects.checkIndex(index, size);
        int at = offset;
        for (int i = 0; i < index; i++) {
            at += HEADER_LENGTH + message.u16(at + 2);
        }
        return at;
    }
}
