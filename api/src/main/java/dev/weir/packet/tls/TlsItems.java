package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.util.Objects;

/**
 * A list within a hello whose items say themselves how long they are. Belongs to its view. An item takes a byte at least, so
 * a walk ends with the extension.
 */
abstract class TlsItems {
    final Bytes message;
    private int offset;
    private int size;

    TlsItems(Bytes message) {
        this.message = message;
    }

    /** Bytes of the item at an offset with what precedes it; 0 where none can begin. */
    abstract int itemBytes(int at, int end);

    final void clear() {
        size = 0;
    }

    /** Takes the list over; stays empty when it does not end where its last item does. */
    final void at(int start, int lengthBytes) {
        int end = start + lengthBytes;
        int at = start;
        int count = 0;
        for (int bytes = itemBytes(at, end); bytes > 0; bytes = itemBytes(at, end)) {
            at += bytes;
            count++;
        }
        offset = start;
        size = at == end ? count : 0;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** Where an item begins within the message; 0 is the first. */
    final int find(int index) {
        Objects.checkIndex(index, size);
        int at = offset;
        for (int i = 0; i < index; i++) {
            at += itemBytes(at, message.length());
        }
        return at;
    }
}
