package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The application protocols of an ALPN extension (RFC 7301, 3.1). Belongs to its view. Every name takes two bytes at
 * least, so a walk ends with the extension.
 */
public final class TlsNames {
    private final Bytes message;
    private int offset;
    private int size;

    TlsNames(Bytes message) {
        this.message = message;
    }

    void clear() {
        size = 0;
    }

    /** Takes the list over; stays empty when it has an empty name or does not end where its last name does. */
    void at(int start, int lengthBytes) {
        int end = start + lengthBytes;
        int at = start;
        int count = 0;
        while (at < end && message.u8(at) > 0) {
            at += 1 + message.u8(at);
            count++;
        }
        offset = start;
        size = at == end ? count : 0;
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /** Where a name begins within the message; 0 is the first. */
    public int offset(int index) {
        Objects.checkIndex(index, size);
        int at = offset;
        for (int i = 0; i < index; i++) {
            at += 1 + message.u8(at);
        }
        return at + 1;
    }

    /** Bytes of a name, 1..255. */
    public int lengthBytes(int index) {
        return message.u8(offset(index) - 1);
    }

    /** A name as text, one character a byte. Allocates. */
    public String text(int index) {
        int at = offset(index);
        return text(message, at, message.u8(at - 1));
    }

    /** All names. Allocates. */
    public List<String> texts() {
        return texts(size);
    }

    /** The first names, at most so many. Allocates. */
    public List<String> texts(int limit) {
        int count = Math.min(size, limit);
        if (count == 0) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(count);
        int at = offset;
        for (int i = 0; i < count; i++) {
            int length = message.u8(at);
            texts.add(text(message, at + 1, length));
            at += 1 + length;
        }
        return texts;
    }

    static String text(Bytes message, int offset, int length) {
        byte[] name = new byte[length];
        message.get(offset, name, 0, length);
        return new String(name, StandardCharsets.ISO_8859_1); // whatever was sent, nothing is lost
    }
}
