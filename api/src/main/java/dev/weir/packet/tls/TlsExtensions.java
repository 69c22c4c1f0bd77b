package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.util.Arrays;
import java.util.Objects;

/**
 * The extensions of a hello, in the order in which they were sent, known or not. Belongs to its view. An extension takes
 * four bytes at least, so the walk ends with the message.
 */
public final class TlsExtensions {
    private static final int HEADER_LENGTH = 4; // type 2, length 2

    private final Bytes message;
    private int[] starts = new int[32];
    private int size;

    TlsExtensions(Bytes message) {
        this.message = message;
    }

    void clear() {
        size = 0;
    }

    /** Walks the extensions between two offsets; false when they do not end there. */
    boolean at(int start, int end) {
        int at = start;
        int count = 0;
        while (at + HEADER_LENGTH <= end) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
            }
            starts[count++] = at;
            at += HEADER_LENGTH + message.u16(at + 2);
        }
        size = at == end ? count : 0;
        return at == end;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** The type of an extension ({@link TlsExtensionTypes}); 0 is the first. */
    public int type(int index) {
        Objects.checkIndex(index, size);
        return message.u16(starts[index]);
    }

    /** Where the data of an extension begin within the message. */
    public int offset(int index) {
        Objects.checkIndex(index, size);
        return starts[index] + HEADER_LENGTH;
    }

    /** Bytes of data of an extension. */
    public int lengthBytes(int index) {
        return message.u16(offset(index) - 2);
    }

    /** The index of the first extension of a type, or -1. */
    public int indexOf(int type) {
        for (int i = 0; i < size; i++) {
            if (type(i) == type) {
                return i;
            }
        }
        return -1;
    }

    /** True when there is an extension of a type. */
    public boolean contains(int type) {
        return indexOf(type) >= 0;
    }

    /** Moves a window over the data of an extension. */
    public Bytes data(int index, Bytes window) {
        return window.wrap(message, offset(index), lengthBytes(index));
    }
}
