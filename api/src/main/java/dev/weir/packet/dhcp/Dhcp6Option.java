package dev.weir.packet.dhcp;

import dev.weir.packet.Bytes;

/**
 * Walks over options of DHCP for IPv6 (RFC 8415, 21.1), those of a message or those within another option:
 *
 * <pre>{@code
 * option.begin(message.options());
 * while (option.next(Dhcp6Option.IA_NA)) {
 *     within.begin(option.options());
 * }
 * }</pre>
 *
 * <p>Accessors for one kind answer -1 or 0 where the option is another or too short. Nothing allocates. One thread at a time.
 */
public final class Dhcp6Option {
    public static final int CLIENT_ID = 1;
    public static final int SERVER_ID = 2;
    public static final int IA_NA = 3;
    public static final int IA_TA = 4;
    public static final int IA_ADDRESS = 5;
    public static final int OPTION_REQUEST = 6;
    public static final int PREFERENCE = 7;
    public static final int ELAPSED_TIME = 8;
    public static final int RELAY_MESSAGE = 9;
    public static final int STATUS_CODE = 13;
    public static final int RAPID_COMMIT = 14;
    public static final int VENDOR_CLASS = 16;
    public static final int INTERFACE_ID = 18;
    public static final int DNS_SERVERS = 23;
    public static final int DOMAIN_LIST = 24;
    public static final int IA_PD = 25;
    public static final int IA_PREFIX = 26;
    public static final int REMOTE_ID = 37;
    public static final int CLIENT_FQDN = 39;

    private static final int HEADER_LENGTH = 4;

    // Where the options within begin: RFC 8415, 21.4 (IA_NA), 21.5 (IA_TA), 21.6 (address), 21.21 (IA_PD), 21.22
    // (prefix)
    private static final int IA_LENGTH = 12;
    private static final int IA_TA_LENGTH = 4;
    private static final int IA_ADDRESS_LENGTH = 24;
    private static final int IA_PREFIX_LENGTH = 25;

    private final Bytes all = new Bytes();
    private final Bytes inner = new Bytes();
    private int at;
    private int code;
    private int dataOffset;
    private int dataLength;
    private boolean complete;

    /** Stands nowhere until {@link #begin}. */
    public Dhcp6Option() {}

    /** Goes before the first option in a window. */
    public Dhcp6Option begin(Bytes options) {
        all.wrap(options, 0, options.length());
        at = 0;
        code = 0;
        dataOffset = 0;
        dataLength = 0;
        complete = true;
        return this;
    }

    /** Goes to the next option; false when there is none. Each takes four bytes at least, so it ends with the window. */
    public boolean next() {
        if (at == all.length() || !complete) {
            return false;
        }
        if (at + HEADER_LENGTH > all.length() || at + HEADER_LENGTH + all.u16(at + 2) > all.length()) {
            complete = false;
            return false;
        }
        code = all.u16(at);
        dataOffset = at + HEADER_LENGTH;
        dataLength = all.u16(at + 2);
        at = dataOffset + dataLength;
        return true;
    }

    /** Goes to the next option of a code; false when there is none. */
    public boolean next(int wanted) {
        while (next()) {
            if (code == wanted) {
                return true;
            }
        }
        return false;
    }

    /** False after {@link #next} met an option that reaches over the end. */
    public boolean isComplete() {
        return complete;
    }

    /** IANA "Dynamic Host Configuration Protocol for IPv6 (DHCPv6)", option codes. */
    public int code() {
        return code;
    }

    /** Bytes of data. */
    public int dataLength() {
        return dataLength;
    }

    /** Where the data begins, from the start of the window. */
    int dataStart() {
        return dataOffset;
    }

    /** Wraps {@code data} around the data. */
    public Bytes data(Bytes data) {
        return data.wrap(all, dataOffset, dataLength);
    }

    /** Bytes before the options within; -1 for an option that holds none. */
    private int fixedLength() {
        return switch (code) {
            case IA_NA, IA_PD -> IA_LENGTH;
            case IA_TA -> IA_TA_LENGTH;
            case IA_ADDRESS -> IA_ADDRESS_LENGTH;
            case IA_PREFIX -> IA_PREFIX_LENGTH;
            default -> -1;
        };
    }

    /** True for an identity association, an address or a prefix that is long enough for its fields. */
    public boolean hasOptions() {
        int fixed = fixedLength();
        return fixed >= 0 && dataLength >= fixed;
    }

    /** The options within, empty where there are none; the window is this object's and valid until its next call. */
    public Bytes options() {
        return hasOptions()
                ? inner.wrap(all, dataOffset + fixedLength(), dataLength - fixedLength())
                : inner.wrap(all, 0, 0);
    }

    /** The number that a client gave an identity association, 0..4,294,967,295; -1 for other options. */
    public long associationId() {
        return hasOptions() && (code == IA_NA || code == IA_TA || code == IA_PD) ? all.u32(dataOffset) : -1;
    }

    /** The upper half of an address or prefix. */
    public long addressHigh() {
        return hasAddress() ? all.i64(addressOffset()) : 0;
    }

    /** The lower half of an address or prefix. */
    public long addressLow() {
        return hasAddress() ? all.i64(addressOffset() + 8) : 0;
    }

    private boolean hasAddress() {
        return hasOptions() && (code == IA_ADDRESS || code == IA_PREFIX);
    }

    private int addressOffset() {
        return code == IA_PREFIX ? dataOffset + 9 : dataOffset;
    }

    /** Bits of a prefix, 0..128 as sent up to 255; 128 of an address, -1 of others. */
    public int prefixLength() {
        if (!hasAddress()) {
            return -1;
        }
        return code == IA_PREFIX ? all.u8(dataOffset + 8) : 128;
    }

    /** How long an address or prefix may be used for new connections, 4,294,967,295 for ever; -1 for other options. */
    public long preferredSeconds() {
        return lifetime(0);
    }

    /** How long an address or prefix may be used at all, 4,294,967,295 for ever; -1 for other options. */
    public long validSeconds() {
        return lifetime(4);
    }

    private long lifetime(int offset) {
        if (!hasAddress()) {
            return -1;
        }
        return all.u32(code == IA_PREFIX ? dataOffset + offset : dataOffset + 16 + offset);
    }

    /** 0 for success, 2 for no addresses left (RFC 8415, 21.13); -1 for other options. */
    public int statusCode() {
        return code == STATUS_CODE && dataLength >= 2 ? all.u16(dataOffset) : -1;
    }
}
