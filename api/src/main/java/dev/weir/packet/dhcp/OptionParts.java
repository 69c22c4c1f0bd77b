package dev.weir.packet.dhcp;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;

/** The parts of one option (RFC 3396): a single one is left where it is, several are copied together. */
final class OptionParts {
    private static final int FIRST_CAPACITY = 1024;

    private ByteBuffer together = ByteBuffer.allocate(0);
    private int count;
    private int firstOffset;
    private int firstLength;
    private int length;

    void begin() {
        count = 0;
        length = 0;
    }

    void add(Bytes message, int offset, int partLength) {
        if (count == 0) {
            firstOffset = offset;
            firstLength = partLength;
        } else {
            if (count == 1) {
                copy(message, firstOffset, firstLength);
            }
            copy(message, offset, partLength);
        }
        count++;
    }

    /** Grows to the size of the largest message at most: all parts come from one. */
    private void copy(Bytes message, int offset, int partLength) {
        if (together.capacity() < length + partLength) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(FIRST_CAPACITY, 2 * (length + partLength)));
            larger.put(0, together, 0, length);
            together = larger;
        }
        together.clear().position(length);
        message.get(offset, together, partLength);
        together.clear();
        length += partLength;
    }

    boolean end(Bytes message, Bytes value) {
        if (count == 1) {
            value.wrap(message, firstOffset, firstLength);
        } else if (count > 1) {
            value.wrap(together, 0, length);
        }
        return count > 0;
    }
}
