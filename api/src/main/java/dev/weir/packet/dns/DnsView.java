package dev.weir.packet.dns;

import dev.weir.packet.Bytes;

/**
 * A DNS message. Wrapping it checks the header, every record's length and every record's owner name, once; after that the
 * accessors cannot fail. What follows the first record that cannot be read is left out, and {@link #isComplete()} is false
 * then: a resolver may have used what stands before.
 *
 * <p>Records are read with a {@link DnsRecord}. Nothing allocates. Valid as long as the bytes are; one thread at a time.
 */
public final class DnsView {
    /** Bytes of the header (RFC 1035, 4.1.1). */
    public static final int HEADER_LENGTH = 12;

    static final int ID_OFFSET = 0;
    static final int FLAGS_OFFSET = 2;
    static final int COUNTS_OFFSET = 4;

    /** Type and class behind the name of a question (RFC 1035, 4.1.2). */
    static final int QUESTION_LENGTH = 4;

    /** Type, class, time to live and data length behind the name of a record (RFC 1035, 4.1.3). */
    static final int RECORD_LENGTH = 10;

    static final int CLASS_OFFSET = 2;
    static final int TTL_OFFSET = 4;
    static final int DATA_LENGTH_OFFSET = 8;

    /**
     * Labels and pointers that are followed in one message. The largest honest ones, zone transfers in 64 KiB, have some
     * 20,000; without a bound, names that lead through chains of pointers would make it 700,000.
     */
    private static final int MAX_NAME_TURNS = 1 << 16;

    // RFC 1035, 4.1.1; RFC 2535, 6.1 (AD, CD)
    private static final int RESPONSE = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int RESERVED = 0x0040;
    private static final int AUTHENTIC_DATA = 0x0020;
    private static final int CHECKING_DISABLED = 0x0010;

    private static final DnsSection[] SECTIONS = DnsSection.values();

    private final Bytes message = new Bytes();
    private final int[] counts = new int[SECTIONS.length];
    private int flags;
    private int end;
    private boolean complete;

    /** Where type and class of the OPT record begin; 0 for none. */
    private int optOffset;

    /** A view of nothing, to be wrapped. */
    public DnsView() {}

    /**
     * Wraps a message, without the length field that TCP has before it.
     *
     * @return false when it is no DNS message: shorter than a header, its first record cannot be read, or it states none and
     *     something follows all the same
     */
    public boolean wrap(Bytes source, int offset, int length) {
        clear();
        message.wrap(source, offset, length);
        if (length >= HEADER_LENGTH) {
            flags = message.u16(FLAGS_OFFSET);
            walk(length);
            if (recordCount() > 0 || complete && length == HEADER_LENGTH) {
                return true;
            }
        }
        clear();
        message.wrap(source, offset, 0);
        return false;
    }

    private void clear() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = 0;
        }
        flags = 0;
        end = 0;
        complete = false;
        optOffset = 0;
    }

    /** Takes five bytes at least for each record, so it ends with the message; see {@link NameReader} for the names. */
    private void walk(int length) {
        int at = HEADER_LENGTH;
        long turns = 0;
        for (DnsSection section : SECTIONS) {
            int stated = statedCount(section);
            for (int i = 0; i < stated; i++) {
                end = at;
                long name = NameReader.check(message, at);
                turns += name >>> 32;
                if (name < 0 || turns > MAX_NAME_TURNS) {
                    return;
                }
                int fields = (int) name;
                if (section == DnsSection.QUESTION) {
                    at = fields + QUESTION_LENGTH;
                    if (at > length) {
                        return;
                    }
                } else {
                    if (fields + RECORD_LENGTH > length) {
                        return;
                    }
                    int record = end;
                    at = fields + RECORD_LENGTH + message.u16(fields + DATA_LENGTH_OFFSET);
                    if (at > length) {
                        return;
                    }
                    if (section == DnsSection.ADDITIONAL
                            && message.u16(fields) == DnsType.OPT
                            && fields == record + 1) {
                        optOffset = fields;
                    }
                }
                counts[section.ordinal()]++;
            }
        }
        end = at;
        complete = true;
    }

    /** The bytes of the message, from its header on; what may follow its records included. */
    public Bytes bytes() {
        return message;
    }

    /** Where the records that can be read end. */
    public int end() {
        return end;
    }

    /** True when every record that the header states could be read. */
    public boolean isComplete() {
        return complete;
    }

    /** The identifier, 0..65,535; 0 in multicast DNS. */
    public int id() {
        return message.length() == 0 ? 0 : message.u16(ID_OFFSET);
    }

    /** The second word of the header, 0..65,535. */
    public int flags() {
        return flags;
    }

    /** True for a response, false for a query. */
    public boolean isResponse() {
        return (flags & RESPONSE) != 0;
    }

    /** 0 a query, 4 a notification, 5 an update (IANA "DNS OpCodes"). */
    public int opcode() {
        return flags >>> 11 & 0xf;
    }

    public boolean isAuthoritative() {
        return (flags & AUTHORITATIVE) != 0;
    }

    /** True when not all fitted and the client may ask again over TCP; in multicast DNS when more known answers follow. */
    public boolean isTruncated() {
        return (flags & TRUNCATED) != 0;
    }

    public boolean isRecursionDesired() {
        return (flags & RECURSION_DESIRED) != 0;
    }

    public boolean isRecursionAvailable() {
        return (flags & RECURSION_AVAILABLE) != 0;
    }

    /** The one bit that is still reserved. */
    public boolean isReservedSet() {
        return (flags & RESERVED) != 0;
    }

    public boolean isAuthenticData() {
        return (flags & AUTHENTIC_DATA) != 0;
    }

    public boolean isCheckingDisabled() {
        return (flags & CHECKING_DISABLED) != 0;
    }

    /** The response code, with the upper bits that EDNS adds: 0..4,095 (RFC 6891, 6.1.3). */
    public int responseCode() {
        int low = flags & 0xf;
        return optOffset == 0 ? low : message.u8(optOffset + TTL_OFFSET) << 4 | low;
    }

    /** Records of a section that can be read. */
    public int count(DnsSection section) {
        return counts[section.ordinal()];
    }

    /** Records of a section that the header states, 0..65,535. */
    public int statedCount(DnsSection section) {
        return message.length() == 0 ? 0 : message.u16(COUNTS_OFFSET + 2 * section.ordinal());
    }

    /** Records of all sections that can be read, questions included. */
    public int recordCount() {
        return counts[0] + counts[1] + counts[2] + counts[3];
    }

    /** True when there is an OPT record. */
    public boolean hasEdns() {
        return optOffset != 0;
    }

    /** The version of EDNS; -1 without. */
    public int ednsVersion() {
        return optOffset == 0 ? -1 : message.u8(optOffset + TTL_OFFSET + 1);
    }

    /** The largest UDP payload that the sender takes; 512 without EDNS (RFC 1035, 2.3.4). */
    public int udpPayloadSize() {
        return optOffset == 0 ? 512 : message.u16(optOffset + CLASS_OFFSET);
    }

    /** True when the sender wants DNSSEC records (RFC 3225). */
    public boolean isDnssecOk() {
        return optOffset != 0 && message.u8(optOffset + TTL_OFFSET + 2) >= 0x80;
    }

    /**
     * Finds the first EDNS option of a code (RFC 6891, 6.1.2), for example 8 for the client's subnet.
     *
     * @param value is wrapped around the option's data; left alone when there is none
     */
    public boolean ednsOption(int code, Bytes value) {
        if (optOffset == 0) {
            return false;
        }
        int at = optOffset + RECORD_LENGTH;
        int optEnd = at + message.u16(optOffset + DATA_LENGTH_OFFSET);
        while (at + 4 <= optEnd) { // four bytes at least a turn
            int length = message.u16(at + 2);
            if (at + 4 + length > optEnd) {
                return false;
            }
            if (message.u16(at) == code) {
                value.wrap(message, at + 4, length);
                return true;
            }
            at += 4 + length;
        }
        return false;
    }

    /** One line for people. Allocates. */
    @Override
    public String toString() {
        return (isResponse() ? "response " : "query ") + id() + " " + DnsType.responseCode(responseCode()) + " "
                + counts[0] + "/" + counts[1] + "/" + counts[2] + "/" + counts[3];
    }
}
