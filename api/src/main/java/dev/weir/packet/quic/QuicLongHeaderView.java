package dev.weir.packet.quic;

import dev.weir.packet.Bytes;

/**
 * A long header (RFC 8999, 5.1; RFC 9000, 17.2), one of perhaps several in a datagram ({@link #end()}). Fields under
 * header protection are not read here. Reused, by one thread at a time; allocates nothing.
 */
public final class QuicLongHeaderView {
    /** The kinds of packets with a long header. */
    public enum Type {
        INITIAL,
        ZERO_RTT,
        HANDSHAKE,
        RETRY
    }

    /** The longest connection identifier of the versions that are read (RFC 9000, 17.2). */
    public static final int MAX_CONNECTION_ID_LENGTH = 20;

    private static final int FORM_AND_FIXED_BIT = 0xc0;
    private static final int VERSION_OFFSET = 1;
    private static final int CONNECTION_IDS_OFFSET = 5;

    /** A packet number of one byte and the 16 bytes that a sample of its protection takes (RFC 9001, 5.4.2). */
    private static final int LEAST_PROTECTED_LENGTH = 20;

    private static final Type[] TYPES = Type.values();

    private QuicVersion version;
    private int versionNumber;
    private Type type;
    private int start;
    private int destinationIdOffset;
    private int destinationIdLength;
    private int sourceIdOffset;
    private int sourceIdLength;
    private int packetNumberOffset;
    private int end;

    /** A view of nothing, to be wrapped. */
    public QuicLongHeaderView() {}

    /**
     * Reads the header at an offset of a datagram.
     *
     * @param length bytes from {@code offset} to the datagram's end
     * @return false for a short header, for a version that is not known, and for what is no header at all
     */
    public boolean wrap(Bytes datagram, int offset, int length) {
        int limit = offset + length;
        if (length < CONNECTION_IDS_OFFSET + 2 || (datagram.u8(offset) & FORM_AND_FIXED_BIT) != FORM_AND_FIXED_BIT) {
            return false;
        }
        versionNumber = datagram.i32(offset + VERSION_OFFSET);
        version = QuicVersion.of(versionNumber);
        if (version == null) {
            return false;
        }
        start = offset;
        type = TYPES[version.type(datagram.u8(offset) >>> 4 & 3)];
        destinationIdLength = datagram.u8(offset + CONNECTION_IDS_OFFSET);
        destinationIdOffset = offset + CONNECTION_IDS_OFFSET + 1;
        int at = destinationIdOffset + destinationIdLength;
        if (destinationIdLength > MAX_CONNECTION_ID_LENGTH || at >= limit) {
            return false;
        }
        sourceIdLength = datagram.u8(at);
        sourceIdOffset = at + 1;
        at = sourceIdOffset + sourceIdLength;
        if (sourceIdLength > MAX_CONNECTION_ID_LENGTH || at > limit) {
            return false;
        }
        if (type == Type.RETRY) { // a token and a tag up to the end
            packetNumberOffset = limit;
            end = limit;
            return true;
        }
        return lengths(datagram, at, limit);
    }

    private boolean lengths(Bytes datagram, int offset, int limit) {
        int at = offset;
        if (type == Type.INITIAL) {
            long tokenLength = QuicVarints.read(datagram, at, limit);
            if (tokenLength < 0 || tokenLength > limit - at) {
                return false;
            }
            at += QuicVarints.lengthBytes(datagram.u8(at)) + (int) tokenLength;
        }
        long rest = QuicVarints.read(datagram, at, limit);
        if (rest < 0) {
            return false;
        }
        packetNumberOffset = at + QuicVarints.lengthBytes(datagram.u8(at));
        if (rest < LEAST_PROTECTED_LENGTH || rest > limit - packetNumberOffset) {
            return false;
        }
        end = packetNumberOffset + (int) rest;
        return true;
    }

    /** The version, as far as it sets packets apart. */
    public QuicVersion version() {
        return version;
    }

    /** The version's number, 32 bits. */
    public int versionNumber() {
        return versionNumber;
    }

    /** The kind of packet. */
    public Type type() {
        return type;
    }

    /** Where the packet begins within the datagram. */
    public int start() {
        return start;
    }

    /** Where the destination connection identifier begins within the datagram. */
    public int destinationIdOffset() {
        return destinationIdOffset;
    }

    /** Bytes of the destination connection identifier, 0..20. */
    public int destinationIdLength() {
        return destinationIdLength;
    }

    /** Where the source connection identifier begins within the datagram. */
    public int sourceIdOffset() {
        return sourceIdOffset;
    }

    /** Bytes of the source connection identifier, 0..20. */
    public int sourceIdLength() {
        return sourceIdLength;
    }

    /** Where the protected packet number begins within the datagram. */
    public int packetNumberOffset() {
        return packetNumberOffset;
    }

    /** Where the packet ends within the datagram; another one may begin there. */
    public int end() {
        return end;
    }
}
