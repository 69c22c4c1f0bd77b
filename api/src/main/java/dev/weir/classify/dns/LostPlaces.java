package dev.weir.classify.dns;

import dev.weir.Direction;
import dev.weir.packet.Bytes;
import dev.weir.packet.dns.DnsTcp;
import dev.weir.packet.dns.DnsView;

/**
 * In which directions of a TCP connection it is not known where the next message begins, as bytes are missing. Made when a
 * segment is missing for good.
 *
 * <p>Most senders begin a message with a segment. So it is looked for at the beginning of each segment behind the gap,
 * and found only where everything fits: the length, the header, and records that end where the length says.
 * What a message is mistaken for would have to agree in all of that, so it is better to miss some.
 */
final class LostPlaces {
    // RFC 1035, 4.1.1; behind the length field
    private static final int FLAGS_OFFSET = DnsTcp.LENGTH_FIELD + 2;
    private static final int COUNTS_OFFSET = DnsTcp.LENGTH_FIELD + 4;
    private static final int RESPONSE = 0x8000;
    private static final int RESERVED = 0x0040;
    private static final int RESPONSE_CODE = 0x000f;

    private static final int LEAST_QUESTION_LENGTH = 5;
    private static final int LEAST_RECORD_LENGTH = 11;

    private boolean forward;
    private boolean reverse;

    boolean isLost(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    void set(Direction direction, boolean lost) {
        if (direction == Direction.FORWARD) {
            forward = lost;
        } else {
            reverse = lost;
        }
    }

    /** What the first bytes of a segment are. */
    enum Beginning {
        MESSAGE,
        OTHER,
        /** More bytes are needed to tell. */
        OPEN
    }

    /** Looks at the first bytes of a segment; {@code view} is left wrapped around anything. */
    static Beginning beginning(Bytes bytes, DnsView view) {
        if (bytes.length() < DnsTcp.LENGTH_FIELD) {
            return Beginning.OPEN;
        }
        int length = bytes.u16(0);
        if (length < DnsView.HEADER_LENGTH) {
            return Beginning.OTHER;
        }
        int available = bytes.length() - DnsTcp.LENGTH_FIELD;
        if (available < DnsView.HEADER_LENGTH) {
            return Beginning.OPEN;
        }
        if (!isHeader(bytes, length)) {
            return Beginning.OTHER;
        }
        if (available < length) {
            return Beginning.OPEN;
        }
        boolean fits = view.wrap(bytes, DnsTcp.LENGTH_FIELD, length) && view.isComplete() && view.end() == length;
        return fits ? Beginning.MESSAGE : Beginning.OTHER;
    }

    /** True for the header of a query, a notification or an update, or of an answer to one, whose records fit. */
    private static boolean isHeader(Bytes bytes, int length) {
        int flags = bytes.u16(FLAGS_OFFSET);
        boolean response = (flags & RESPONSE) != 0;
        int questions = bytes.u16(COUNTS_OFFSET);
        int records = bytes.u16(COUNTS_OFFSET + 2) + bytes.u16(COUNTS_OFFSET + 4) + bytes.u16(COUNTS_OFFSET + 6);
        boolean known =
                switch (flags >>> 11 & 0xf) {
                    case 0, 4, 5 -> true; // RFC 1035, 4.1.1; RFC 1996, 3.3; RFC 2136, 1.3
                    default -> false;
                };
        return known
                && (flags & RESERVED) == 0
                && (response || (flags & RESPONSE_CODE) == 0)
                && (questions == 1 || questions == 0 && response) // RFC 9619; RFC 5936, 2.2.1
                && DnsView.HEADER_LENGTH + questions * LEAST_QUESTION_LENGTH + records * LEAST_RECORD_LENGTH <= length;
    }
}
