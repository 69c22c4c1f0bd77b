package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The application protocols of an ALPN extension (RFC 7301, 3.1). Belongs to its view.
 */
public final class TlsNames extends TlsItems {
    TlsNames(Bytes message) {
        super(message);
    }

    /** A name is not empty. */
    @Override
    int itemBytes(int at, int end) {
        return at < end && message.u8(at) > 0 ? 1 + message.u8(at) : 0;
    }

    /** Where a name begins within the message; 0 is the first. */
    public int offset(int index) {
        return find(index) + 1;
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
        return texts(size());
    }

    /** The first names, at most so many. Allocates. */
    public List<String> texts(int limit) {
        int count = Math.min(size(), limit);
        if (count == 0) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(count);
        int at = find(0);
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
