package dev.weir.packet.dns;

import dev.weir.packet.Bytes;

/** Messages in a stream: each has its length before it (RFC 1035, 4.2.2; RFC 7766, 8). */
public final class DnsTcp {
    /** Bytes of the length field. */
    public static final int LENGTH_FIELD = 2;

    private DnsTcp() {}

    /**
     * How many bytes the frame at an offset takes, length field included: the message stands behind the field and is two
     * bytes shorter.
     *
     * @return -1 while the frame is not there as a whole
     */
    public static int frameLength(Bytes stream, int offset) {
        if (stream.length() - offset < LENGTH_FIELD) {
            return -1;
        }
        int frame = LENGTH_FIELD + stream.u16(offset);
        return frame <= stream.length() - offset ? frame : -1;
    }
}
