package dev.weir.packet.tls;

import dev.weir.packet.Bytes;

/** The header of a TLS record (RFC 8446, 5.1; RFC 5246, 6.2). Reused, by one thread at a time; allocates nothing. */
public final class TlsRecordView {
    public static final int CHANGE_CIPHER_SPEC = 20;
    public static final int ALERT = 21;
    public static final int HANDSHAKE = 22;
    public static final int APPLICATION_DATA = 23;

    /** Bytes of a record's header: type 1, version 2, length 2. */
    public static final int HEADER_LENGTH = 5;

    /** The longest fragment of all versions, encrypted and compressed (RFC 5246, 6.2.3). */
    public static final int MAX_FRAGMENT_LENGTH = (1 << 14) + 2048;

    private static final int VERSION_OFFSET = 1;
    private static final int LENGTH_OFFSET = 3;

    private int type;
    private int version;
    private int start;
    private int fragmentLength;

    /** A view of nothing, to be wrapped. */
    public TlsRecordView() {}

    /**
     * Reads the header of the record at an offset. The fragment behind it may not be there yet.
     *
     * @param length bytes from {@code offset} on that may be read
     * @return false when there are less than {@link #HEADER_LENGTH} bytes, or they are no header of a record
     */
    public boolean wrap(Bytes source, int offset, int length) {
        if (length < HEADER_LENGTH || !isPossible(source, offset, length)) {
            return false;
        }
        type = source.u8(offset);
        version = source.u16(offset + VERSION_OFFSET);
        fragmentLength = source.u16(offset + LENGTH_OFFSET);
        start = offset;
        return fragmentLength <= MAX_FRAGMENT_LENGTH;
    }

    /** False when what is there of a header, which may be less than the whole, is none. */
    static boolean isPossible(Bytes source, int offset, int length) {
        return (length < 1 || source.u8(offset) >= CHANGE_CIPHER_SPEC && source.u8(offset) <= APPLICATION_DATA)
                && (length < 2 || source.u8(offset + VERSION_OFFSET) == TlsVersions.SSL_3 >>> 8)
                && (length < 3 || source.u8(offset + VERSION_OFFSET + 1) <= (TlsVersions.TLS_1_3 & 0xff))
                && (length < HEADER_LENGTH || source.u16(offset + LENGTH_OFFSET) <= MAX_FRAGMENT_LENGTH);
    }

    /** {@link #HANDSHAKE} or one of the others. */
    public int type() {
        return type;
    }

    /** The version in the record's header ({@link TlsVersions}), which says little about the connection's. */
    public int version() {
        return version;
    }

    /** Where the fragment begins in what was wrapped. */
    public int fragmentOffset() {
        return start + HEADER_LENGTH;
    }

    /** Bytes of the fragment. */
    public int fragmentLength() {
        return fragmentLength;
    }

    /** Where the next record begins. */
    public int end() {
        return start + HEADER_LENGTH + fragmentLength;
    }
}
