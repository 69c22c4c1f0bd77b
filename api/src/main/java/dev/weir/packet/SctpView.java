package dev.weir.packet;

import dev.weir.Protocols;

/** The common header of SCTP (RFC 9260, 3.1), and its chunks one after the other. */
public final class SctpView extends PortsView {
    private static final int LENGTH = 12;
    private static final int TAG_OFFSET = 4;
    static final int CHECKSUM_OFFSET = 8;
    private static final int CHUNK_HEADER = 4;

    private int chunkOffset;
    private int chunkLength;
    private int nextChunkOffset;

    /** Of nothing yet. */
    public SctpView() {}

    @Override
    public boolean wrap(Bytes source, int offset, int length) {
        chunkOffset = 0;
        chunkLength = 0;
        nextChunkOffset = LENGTH;
        return begin(source, offset, length, LENGTH);
    }

    @Override
    int protocol() {
        return Protocols.SCTP;
    }

    @Override
    public int headerLength() {
        return LENGTH;
    }

    /** 0..4,294,967,295. */
    public long verificationTag() {
        return bytes.u32(TAG_OFFSET);
    }

    /** The CRC32c as it stands there, 0..4,294,967,295; {@link Checksums} tells whether it is right. */
    public long checksum() {
        return bytes.u32(CHECKSUM_OFFSET);
    }

    /**
     * Goes to the next chunk (3.2); false at the end, and at one that is cut off or states a length that cannot be. Every
     * chunk is at least four bytes long, so this ends.
     */
    public boolean nextChunk() {
        if (bytes.length() - nextChunkOffset < CHUNK_HEADER) {
            return false;
        }
        int stated = bytes.u16(nextChunkOffset + 2);
        if (stated < CHUNK_HEADER || stated > bytes.length() - nextChunkOffset) {
            return false;
        }
        chunkOffset = nextChunkOffset;
        chunkLength = stated;
        nextChunkOffset += stated + 3 & ~3;
        return true;
    }

    /** DATA 0, INIT 1, INIT ACK 2, SACK 3, … of the present chunk. */
    public int chunkType() {
        return chunkLength == 0 ? -1 : bytes.u8(chunkOffset);
    }

    /** 0..255. */
    public int chunkFlags() {
        return chunkLength == 0 ? 0 : bytes.u8(chunkOffset + 1);
    }

    /** Moves a window to the present chunk, its header of four bytes included. */
    public Bytes chunk(Bytes window) {
        return window.wrap(bytes, chunkOffset, chunkLength);
    }
}
