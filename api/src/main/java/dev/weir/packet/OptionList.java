package dev.weir.packet;

/**
 * The options of a header, one after the other: type, length, value, in the forms that IPv4 and TCP, IPv6, neighbor
 * discovery, GENEVE and GTP-U have. A length that cannot be ends the list and sets {@link #isMalformed()}. Re-wrapped by
 * the view whose options it reads; valid until that is wrapped again. Allocates nothing.
 *
 * <pre>{@code
 * tcp.options(options);
 * while (options.next()) {
 *     System.out.println(options.type() + ": " + options.valueLength() + " bytes");
 * }
 * }</pre>
 */
public final class OptionList {
    private enum Form {
        /** RFC 791, 3.1 and RFC 9293, 3.1: 0 ends the list, 1 is a single byte, the length counts type and length too. */
        IPV4_AND_TCP,
        /** RFC 8200, 4.2: 0 is a single byte, the length counts the value alone. */
        IPV6,
        /** RFC 4861, 4.6: the length counts units of eight bytes, type and length included. */
        NEIGHBOR_DISCOVERY,
        /** RFC 8926, 3.5: a class, a type, the length of the value in words of four bytes in five bits. */
        GENEVE,
        /** 3GPP TS 29.281, 5.2.1: the length in words of four bytes; the type stands in the header before. */
        GTP
    }

    private static final int END = 0;
    private static final int NO_OPERATION = 1;
    private static final int PAD_1 = 0;
    private static final int GENEVE_HEADER = 4;
    private static final int GENEVE_WORDS = 0x1f;

    private final Bytes bytes = new Bytes();
    private Form form = Form.IPV4_AND_TCP;
    private int next;
    private int type;
    private int valueOffset;
    private int valueLength;
    private int nextGtpType;
    private boolean malformed;

    /** An empty list. */
    public OptionList() {}

    OptionList ipv4OrTcp(Bytes source, int offset, int length) {
        return begin(Form.IPV4_AND_TCP, source, offset, length);
    }

    OptionList ipv6(Bytes source, int offset, int length) {
        return begin(Form.IPV6, source, offset, length);
    }

    OptionList neighborDiscovery(Bytes source, int offset, int length) {
        return begin(Form.NEIGHBOR_DISCOVERY, source, offset, length);
    }

    OptionList geneve(Bytes source, int offset, int length) {
        return begin(Form.GENEVE, source, offset, length);
    }

    OptionList gtp(Bytes source, int offset, int length, int firstType) {
        nextGtpType = firstType;
        return begin(Form.GTP, source, offset, length);
    }

    private OptionList begin(Form form, Bytes source, int offset, int length) {
        this.form = form;
        bytes.wrap(source, offset, length);
        next = 0;
        type = 0;
        valueOffset = 0;
        valueLength = 0;
        malformed = false;
        return this;
    }

    /**
     * Goes to the next option, padding included; false at the end. Every option is at least a byte long, so the list
     * ends with its bytes.
     */
    public boolean next() {
        if (next >= bytes.length()) {
            return false;
        }
        return switch (form) {
            case IPV4_AND_TCP -> nextOfIpv4OrTcp();
            case IPV6 -> nextOfIpv6();
            case NEIGHBOR_DISCOVERY -> {
                int units = lengthByte();
                yield units == 0 ? malformed() : found(bytes.u8(next), 2, units * 8);
            }
            case GENEVE ->
                bytes.length() - next < GENEVE_HEADER
                        ? malformed()
                        : found(
                                bytes.i32(next) >>> 8,
                                GENEVE_HEADER,
                                GENEVE_HEADER + (bytes.u8(next + 3) & GENEVE_WORDS) * 4);
            case GTP -> nextOfGtp();
        };
    }

    private boolean nextOfIpv4OrTcp() {
        int kind = bytes.u8(next);
        if (kind == END) {
            next = bytes.length();
            return false;
        }
        if (kind == NO_OPERATION) {
            return found(kind, 1, 1);
        }
        int length = lengthByte();
        return length < 2 ? malformed() : found(kind, 2, length);
    }

    private boolean nextOfIpv6() {
        int kind = bytes.u8(next);
        if (kind == PAD_1) {
            return found(kind, 1, 1);
        }
        return bytes.length() - next < 2 ? malformed() : found(kind, 2, 2 + lengthByte());
    }

    /** The last byte of an extension header is the type of the next one. */
    private boolean nextOfGtp() {
        int length = bytes.u8(next) * 4;
        if (length == 0 || !found(nextGtpType, 1, length)) {
            return malformed();
        }
        valueLength--;
        nextGtpType = bytes.u8(next - 1);
        return true;
    }

    /** The byte behind the type; 0 when it is cut off. */
    private int lengthByte() {
        return bytes.length() - next < 2 ? 0 : bytes.u8(next + 1);
    }

    private boolean found(int type, int headerLength, int length) {
        if (length > bytes.length() - next) {
            return malformed();
        }
        this.type = type;
        valueOffset = next + headerLength;
        valueLength = length - headerLength;
        next += length;
        return true;
    }

    private boolean malformed() {
        malformed = true;
        next = bytes.length();
        return false;
    }

    /** True when the list ended at a length that cannot be. */
    public boolean isMalformed() {
        return malformed;
    }

    /** The option's type; of GENEVE the class in the upper 16 of 24 bits, the critical bit and the type below. */
    public int type() {
        return type;
    }

    /** Bytes of the value; 0 for an option that is a type alone. */
    public int valueLength() {
        return valueLength;
    }

    /** Where the value begins, counted from the first option. */
    int valueOffset() {
        return valueOffset;
    }

    /** Moves a window to the value. */
    public Bytes value(Bytes window) {
        return window.wrap(bytes, valueOffset, valueLength);
    }

    /** The first byte of the value; 0 when it has none. */
    public int u8() {
        return valueLength < 1 ? 0 : bytes.u8(valueOffset);
    }

    /** The first two bytes of the value; 0 when it has not as many. */
    public int u16() {
        return valueLength < 2 ? 0 : bytes.u16(valueOffset);
    }

    /** The first four bytes of the value, 0..4,294,967,295; 0 when it has not as many. */
    public long u32() {
        return valueLength < 4 ? 0 : bytes.u32(valueOffset);
    }
}
