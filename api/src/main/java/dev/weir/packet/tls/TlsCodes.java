package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.util.Objects;

/**
 * A list of numbers in a hello, one or two bytes each: cipher suites, groups, versions. Empty where the hello has no such
 * list or one that contradicts itself. Belongs to its view, and is valid as long as that stays wrapped.
 */
public final class TlsCodes {
    private final Bytes message;
    private final int widthBytes;
    private int offset;
    private int size;

    TlsCodes(Bytes message, int widthBytes) {
        this.message = message;
        this.widthBytes = widthBytes;
    }

    void clear() {
        size = 0;
    }

    /** Takes the list over; stays empty when its length is no multiple of its elements'. */
    void at(int offset, int lengthBytes) {
        this.offset = offset;
        this.size = lengthBytes % widthBytes == 0 ? lengthBytes / widthBytes : 0;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** One of them, in the order in which they were sent; 0 is the first. */
    public int get(int index) {
        Objects.checkIndex(index, size);
        int at = offset + index * widthBytes;
        return widthBytes == 1 ? message.u8(at) : message.u16(at);
    }

    /** True when {@code code} is among them. */
    public boolean contains(int code) {
        for (int i = 0; i < size; i++) {
            if (get(i) == code) {
                return true;
            }
        }
        return false;
    }
}
