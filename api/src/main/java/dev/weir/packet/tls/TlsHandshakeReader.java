package dev.weir.packet.tls;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;

/**
 * Finds the next handshake message in a stream of TLS records. A message that lies in one record is read where it is; one
 * that is spread over several is put together in a buffer of the reader's own, at most {@link #MAX_MESSAGE_LENGTH} bytes.
 * Records of other types on the way (a ChangeCipherSpec sent for compatibility, an alert) are passed over.
 *
 * <p>It begins at the first byte of a record and reads one message; {@link #consumed()} says where the record ends in
 * which that message does. Hellos stand at the beginning of records (RFC 8446, 5.1), so no hello is missed.
 *
 * <p>Every record takes five bytes at least, so a walk ends with the stream. Reused, by one thread at a time.
 */
public final class TlsHandshakeReader {
    /** Longer messages are taken for something else: a ClientHello with post-quantum key shares has about 2,000 bytes. */
    public static final int MAX_MESSAGE_LENGTH = 1 << 16;

    private static final int HEADER_LENGTH = 4; // type 1, length 3 (RFC 8446, 4)
    private static final int HIGHEST_TYPE = 25; // compressed_certificate (RFC 8879, 4)

    /** What was found. */
    public enum Status {
        /** A message: {@link #message()}. */
        MESSAGE,
        /** What is there is right as far as it goes; more bytes are needed. */
        INCOMPLETE,
        /** From here on all is encrypted, or the connection is over: no more messages can be read. */
        ENCRYPTED,
        /** This is not TLS. */
        NOT_TLS
    }

    private final TlsRecordView record = new TlsRecordView();
    private final Bytes message = new Bytes();
    private ByteBuffer gathered = ByteBuffer.allocate(0);
    private int consumed;

    /** A reader of its own buffers; these grow when they must. */
    public TlsHandshakeReader() {}

    /** Reads from the beginning of a stream, or of what is left of it. */
    public Status read(Bytes stream) {
        return read(stream, 0, stream.length());
    }

    /** Reads from an offset on, where a record begins. */
    public Status read(Bytes stream, int offset, int length) {
        int end = offset + length;
        int at = offset;
        consumed = 0;
        while (record.wrap(stream, at, end - at)) {
            if (record.type() == TlsRecordView.APPLICATION_DATA) {
                return Status.ENCRYPTED;
            }
            if (record.type() == TlsRecordView.HANDSHAKE) {
                return handshake(stream, at, offset, end);
            }
            if (record.fragmentLength() > 2) {
                return Status.ENCRYPTED; // neither a ChangeCipherSpec nor an alert that could be read
            }
            if (record.end() > end) {
                return Status.INCOMPLETE;
            }
            at = record.end();
            consumed = at - offset; // nothing in them is needed again
        }
        return TlsRecordView.isPossible(stream, at, end - at) ? Status.INCOMPLETE : Status.NOT_TLS;
    }

    /** The message that begins in the current record, which begins at {@code at}. */
    private Status handshake(Bytes stream, int at, int offset, int end) {
        int there = Math.min(record.fragmentLength(), end - record.fragmentOffset());
        if (record.fragmentLength() == 0 || there > 0 && !isHandshakeType(stream.u8(record.fragmentOffset()))) {
            return consumed > 0 ? Status.ENCRYPTED : Status.NOT_TLS; // a Finished, perhaps
        }
        if (record.fragmentLength() < HEADER_LENGTH) {
            return gather(stream, at, offset, end);
        }
        if (there < HEADER_LENGTH) {
            return Status.INCOMPLETE;
        }
        int messageLength = HEADER_LENGTH + (stream.i32(record.fragmentOffset()) & 0xff_ffff);
        if (messageLength > MAX_MESSAGE_LENGTH) {
            return consumed > 0 ? Status.ENCRYPTED : Status.NOT_TLS;
        }
        if (messageLength > record.fragmentLength()) {
            return gather(stream, at, offset, end);
        }
        if (messageLength > there) {
            return Status.INCOMPLETE;
        }
        message.wrap(stream, record.fragmentOffset(), messageLength);
        consumed = record.end() - offset;
        return Status.MESSAGE;
    }

    /** Puts a message together from several records, when all of it is there. */
    private Status gather(Bytes stream, int start, int offset, int end) {
        gathered.clear();
        int messageLength = -1;
        int at = start;
        while (record.wrap(stream, at, end - at)) {
            if (record.type() != TlsRecordView.HANDSHAKE || record.fragmentLength() == 0) {
                return Status.NOT_TLS; // nothing may stand between the parts (RFC 8446, 5.1)
            }
            int there = Math.min(record.fragmentLength(), end - record.fragmentOffset());
            int needed = messageLength < 0 ? there : Math.min(there, messageLength - gathered.position());
            append(stream, record.fragmentOffset(), needed);
            if (messageLength < 0 && gathered.position() >= HEADER_LENGTH) {
                messageLength = HEADER_LENGTH + (gathered.getInt(0) & 0xff_ffff);
                if (messageLength > MAX_MESSAGE_LENGTH) {
                    return Status.NOT_TLS;
                }
            }
            if (messageLength >= 0 && gathered.position() >= messageLength) {
                message.wrap(gathered, 0, messageLength);
                consumed = record.end() - offset;
                return Status.MESSAGE;
            }
            at = record.end();
            if (at > end) {
                return Status.INCOMPLETE;
            }
        }
        return TlsRecordView.isPossible(stream, at, end - at) ? Status.INCOMPLETE : Status.NOT_TLS;
    }

    private void append(Bytes stream, int offset, int count) {
        int room = gathered.position() + count;
        if (gathered.capacity() < room) {
            gathered =
                    ByteBuffer.allocate(Math.max(room, 2 * gathered.capacity())).put(gathered.flip());
        }
        gathered.limit(gathered.capacity());
        stream.get(offset, gathered, count);
    }

    private static boolean isHandshakeType(int type) {
        return type <= HIGHEST_TYPE;
    }

    /** The message that was found, from its type on; valid until the next read, and as long as the stream's memory. */
    public Bytes message() {
        return message;
    }

    /** The type of the message ({@link ClientHelloView#TYPE}, {@link ServerHelloView#TYPE}, …). */
    public int type() {
        return message.u8(0);
    }

    /**
     * Bytes that are done with: behind them a record begins that was not read yet. Without a message these are the
     * records that were passed over; with one it may be more than there was to read, when more than the message is in its
     * last record and that is not there as a whole.
     */
    public int consumed() {
        return consumed;
    }
}
