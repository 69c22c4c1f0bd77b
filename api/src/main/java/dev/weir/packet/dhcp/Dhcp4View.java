package dev.weir.packet.dhcp;

import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;

/**
 * A DHCP message for IPv4, or one of BOOTP. Options are read from the options field and, where option 52 says so, from the
 * fields {@code file} and {@code sname} (RFC 2131, 4.1); an option that is given in several parts is put together (RFC 3396).
 *
 * <p>Addresses are IPv4 addresses as 32 bits in an int, in network order: 0 for none. Nothing allocates but the buffer for
 * options in parts, on first use, and what says so. Valid as long as the bytes are; one thread at a time.
 */
public final class Dhcp4View {
    // RFC 2131, 2, figure 1
    static final int HARDWARE_TYPE_OFFSET = 1;
    static final int HARDWARE_LENGTH_OFFSET = 2;
    static final int HOPS_OFFSET = 3;
    static final int TRANSACTION_OFFSET = 4;
    static final int SECONDS_OFFSET = 8;
    static final int FLAGS_OFFSET = 10;
    static final int CLIENT_ADDRESS_OFFSET = 12;
    static final int YOUR_ADDRESS_OFFSET = 16;
    static final int SERVER_ADDRESS_OFFSET = 20;
    static final int GATEWAY_ADDRESS_OFFSET = 24;
    static final int HARDWARE_ADDRESS_OFFSET = 28;
    static final int SERVER_NAME_OFFSET = 44;
    static final int SERVER_NAME_LENGTH = 64;
    static final int FILE_OFFSET = 108;
    static final int FILE_LENGTH = 128;
    static final int COOKIE_OFFSET = 236;
    static final int OPTIONS_OFFSET = 240;

    private static final int MAX_HARDWARE_LENGTH = 16;

    /** What the first four octets of the options field are (RFC 2131, 3): 99, 130, 83, 99. */
    private static final int MAGIC_COOKIE = 0x63825363;

    private static final int BROADCAST = 0x8000;

    /** The operation of clients (RFC 951, 3). */
    public static final int REQUEST = 1;

    /** The operation of servers. */
    public static final int REPLY = 2;

    private static final int IN_FILE = 1;
    private static final int IN_SERVER_NAME = 2;

    private static final int FIELDS = 3;

    private final Bytes message = new Bytes();
    private final Bytes found = new Bytes();
    private final OptionParts parts = new OptionParts();
    private boolean hasCookie;
    private boolean complete;
    private int overload;
    private int messageType;

    /** A view of nothing, to be wrapped. */
    public Dhcp4View() {}

    /**
     * Wraps a message.
     *
     * @return false when it is none: too short for BOOTP's fixed fields, neither a request nor a reply, or a hardware address
     *     longer than its field
     */
    public boolean wrap(Bytes source, int offset, int length) {
        hasCookie = false;
        complete = true;
        overload = 0;
        messageType = 0;
        if (length < COOKIE_OFFSET) {
            message.wrap(source, offset, 0);
            return false;
        }
        message.wrap(source, offset, length);
        int operation = message.u8(0);
        if (operation != REQUEST && operation != REPLY || message.u8(HARDWARE_LENGTH_OFFSET) > MAX_HARDWARE_LENGTH) {
            message.wrap(source, offset, 0);
            return false;
        }
        if (length >= OPTIONS_OFFSET && message.i32(COOKIE_OFFSET) == MAGIC_COOKIE) {
            hasCookie = true;
            options();
        }
        return true;
    }

    /** Looks for what the other accessors need, and where the options stop being such. */
    private void options() {
        complete = scan(OPTIONS_OFFSET, message.length());
        if ((overload & IN_FILE) != 0) {
            complete &= scan(FILE_OFFSET, FILE_OFFSET + FILE_LENGTH);
        }
        if ((overload & IN_SERVER_NAME) != 0) {
            complete &= scan(SERVER_NAME_OFFSET, SERVER_NAME_OFFSET + SERVER_NAME_LENGTH);
        }
    }

    /** One byte at least a turn. */
    private boolean scan(int start, int end) {
        int at = start;
        while (at < end) {
            int code = message.u8(at);
            if (code == DhcpOption.END) {
                return true;
            }
            if (code == DhcpOption.PAD) {
                at++;
                continue;
            }
            if (at + 2 > end || at + 2 + message.u8(at + 1) > end) {
                return false;
            }
            int length = message.u8(at + 1);
            if (length == 1 && code == DhcpOption.OVERLOAD && start == OPTIONS_OFFSET) {
                overload = message.u8(at + 2);
            } else if (length == 1 && code == DhcpOption.MESSAGE_TYPE && messageType == 0) {
                messageType = message.u8(at + 2);
            }
            at += 2 + length;
        }
        return true; // without an end: many clients and servers leave it out
    }

    /** The bytes of the message. */
    public Bytes bytes() {
        return message;
    }

    /** True when there are options, or room for them: DHCP, not mere BOOTP with a vendor's own data. */
    public boolean hasOptions() {
        return hasCookie;
    }

    /** False when an option reaches over the end of its field; what stands before it can be read. */
    public boolean isComplete() {
        return complete;
    }

    /** {@link #REQUEST} or {@link #REPLY}; 0 before the first message. */
    public int operation() {
        return u8(0);
    }

    /** Type of the link, 1 for Ethernet (IANA "Address Resolution Protocol Parameters", hardware types). */
    public int hardwareType() {
        return u8(HARDWARE_TYPE_OFFSET);
    }

    /** Bytes of the client's hardware address, 0..16. */
    public int hardwareLength() {
        return u8(HARDWARE_LENGTH_OFFSET);
    }

    /** Relay agents that it went through. */
    public int hops() {
        return u8(HOPS_OFFSET);
    }

    /** The number that a client chose for its conversation, 32 bits. */
    public int transactionId() {
        return i32(TRANSACTION_OFFSET);
    }

    /** Seconds since the client began. */
    public int elapsedSeconds() {
        return u16(SECONDS_OFFSET);
    }

    /** True when the client cannot take unicast answers yet. */
    public boolean isBroadcast() {
        return (u16(FLAGS_OFFSET) & BROADCAST) != 0;
    }

    /** {@code ciaddr}: the address that the client has. */
    public int clientAddress() {
        return i32(CLIENT_ADDRESS_OFFSET);
    }

    /** {@code yiaddr}: the address that the client gets. */
    public int yourAddress() {
        return i32(YOUR_ADDRESS_OFFSET);
    }

    /** {@code siaddr}: the server to boot from. */
    public int nextServerAddress() {
        return i32(SERVER_ADDRESS_OFFSET);
    }

    /** {@code giaddr}: the relay agent. */
    public int relayAddress() {
        return i32(GATEWAY_ADDRESS_OFFSET);
    }

    /** The client's Ethernet address, 48 bits; -1 where the link is another. */
    public long clientMac() {
        return hardwareLength() == 6 ? message.i64(HARDWARE_ADDRESS_OFFSET) >>> 16 : -1;
    }

    /** Wraps {@code address} around the client's hardware address. */
    public Bytes hardwareAddress(Bytes address) {
        return message.length() == 0
                ? address.wrap(message, 0, 0)
                : address.wrap(message, HARDWARE_ADDRESS_OFFSET, hardwareLength());
    }

    private int u8(int offset) {
        return message.length() == 0 ? 0 : message.u8(offset);
    }

    private int u16(int offset) {
        return message.length() == 0 ? 0 : message.u16(offset);
    }

    private int i32(int offset) {
        return message.length() == 0 ? 0 : message.i32(offset);
    }

    /** A number of {@link DhcpMessageType}; 0 for BOOTP. */
    public int messageType() {
        return messageType;
    }

    /**
     * Finds an option. One in a single part is read in place, others are put together in a buffer of the view, which the next
     * such call writes over.
     *
     * @param value is wrapped around its data; left alone when there is none
     */
    public boolean option(int code, Bytes value) {
        if (!hasCookie || code <= DhcpOption.PAD || code >= DhcpOption.END) {
            return false;
        }
        parts.begin();
        for (int field = 0; field < FIELDS; field++) { // the order of RFC 3396, 5
            if (field == 0) {
                collect(code, OPTIONS_OFFSET, message.length());
            } else if (field == 1 && (overload & IN_FILE) != 0) {
                collect(code, FILE_OFFSET, FILE_OFFSET + FILE_LENGTH);
            } else if (field == 2 && (overload & IN_SERVER_NAME) != 0) {
                collect(code, SERVER_NAME_OFFSET, SERVER_NAME_OFFSET + SERVER_NAME_LENGTH);
            }
        }
        return parts.end(message, value);
    }

    /** One byte at least a turn. */
    private void collect(int code, int start, int end) {
        int at = start;
        while (at < end) {
            int here = message.u8(at);
            if (here == DhcpOption.PAD) {
                at++;
                continue;
            }
            if (here == DhcpOption.END || at + 2 > end || at + 2 + message.u8(at + 1) > end) {
                return;
            }
            if (here == code) {
                parts.add(message, at + 2, message.u8(at + 1));
            }
            at += 2 + message.u8(at + 1);
        }
    }

    /** An option that is one IPv4 address, or the first of a list; 0 when there is none. */
    public int addressOption(int code) {
        return option(code, found) && found.length() >= 4 ? found.i32(0) : 0;
    }

    /** An option that is a number of seconds, 0..4,294,967,295; -1 when there is none. */
    public long secondsOption(int code) {
        return option(code, found) && found.length() == 4 ? found.u32(0) : -1;
    }

    /** Which server it is from or for (option 54); 0 for none. */
    public int serverIdentifier() {
        return addressOption(DhcpOption.SERVER_IDENTIFIER);
    }

    /** The address that the client asks for (option 50); 0 for none. */
    public int requestedAddress() {
        return addressOption(DhcpOption.REQUESTED_ADDRESS);
    }

    /** How long the address may be used (option 51), 4,294,967,295 for ever; -1 when it does not say. */
    public long leaseSeconds() {
        return secondsOption(DhcpOption.LEASE_TIME);
    }

    /** The client's own name (option 12); empty for none. Allocates. */
    public String hostName() {
        return option(DhcpOption.HOST_NAME, found) ? DhcpText.printable(found, 0, found.length()) : "";
    }

    /** The field {@code sname} where it is not used for options; empty for none. Allocates. */
    public String serverName() {
        return fieldText(SERVER_NAME_OFFSET, SERVER_NAME_LENGTH, IN_SERVER_NAME);
    }

    /** The field {@code file} where it is not used for options; empty for none. Allocates. */
    public String bootFile() {
        return fieldText(FILE_OFFSET, FILE_LENGTH, IN_FILE);
    }

    private String fieldText(int offset, int length, int overloaded) {
        if (message.length() == 0 || (overload & overloaded) != 0) {
            return "";
        }
        int end = offset;
        while (end < offset + length && message.u8(end) != 0) {
            end++;
        }
        return DhcpText.printable(message, offset, end - offset);
    }

    /**
     * Finds what a relay agent added (option 82, RFC 3046), for example 1 for the circuit, 2 for the remote side.
     *
     * @param value is wrapped around it; left alone when there is none
     */
    public boolean relayInformation(int subOption, Bytes value) {
        if (!option(DhcpOption.RELAY_INFORMATION, found)) {
            return false;
        }
        int at = 0;
        while (at + 2 <= found.length() && at + 2 + found.u8(at + 1) <= found.length()) { // two bytes at least a turn
            if (found.u8(at) == subOption) {
                value.wrap(found, at + 2, found.u8(at + 1));
                return true;
            }
            at += 2 + found.u8(at + 1);
        }
        return false;
    }

    /** One line for people. Allocates. */
    @Override
    public String toString() {
        return DhcpMessageType.name4(messageType) + " " + Integer.toHexString(transactionId()) + " "
                + IpAddress.format(4, 0, yourAddress() & 0xffff_ffffL);
    }
}
