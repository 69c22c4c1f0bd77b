package dev.weir.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;

/** Tells compressed input by its first bytes, whatever the file is called. */
final class Gzip {
    /** RFC 1952, 2.3.1. */
    private static final int ID1 = 0x1f;

    private static final int ID2 = 0x8b;
    private static final int BUFFER_BYTES = 1 << 16;

    private Gzip() {}

    static boolean is(int first, int second) {
        return first == ID1 && second == ID2;
    }

    /** The stream itself, or what is compressed in it. */
    static InputStream unwrap(InputStream stream) throws IOException {
        PushbackInputStream pushback = new PushbackInputStream(stream, 2);
        byte[] start = pushback.readNBytes(2);
        pushback.unread(start);
        return start.length == 2 && is(start[0] & 0xff, start[1] & 0xff)
                ? new GZIPInputStream(pushback, BUFFER_BYTES)
                : pushback;
    }
}
