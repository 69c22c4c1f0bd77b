package dev.weir.packet.dhcp;

import dev.weir.packet.Bytes;

/**
 * A DHCP message for IPv6, within the messages of the relay agents that passed it on: {@link #messageType()} and the options
 * are those of the innermost one, between client and server; what each relay added is beside.
 *
 * <p>Nothing allocates. Valid as long as the bytes are; one thread at a time.
 */
public final class Dhcp6View {
    /** Relays that a message may go through (RFC 8415, 7.6). */
    public static final int MAX_RELAYS = 8;

    /** Type and transaction (RFC 8415, 8). */
    private static final int HEADER_LENGTH = 4;

    // RFC 8415, 9: type, hop count, link address, peer address
    private static final int RELAY_HEADER_LENGTH = 34;
    private static final int LINK_ADDRESS_OFFSET = 2;
    private static final int PEER_ADDRESS_OFFSET = 18;

    private final Bytes whole = new Bytes();
    private final Bytes message = new Bytes();
    private final Bytes options = new Bytes();
    private final Bytes relayOptions = new Bytes();
    private final Dhcp6Option cursor = new Dhcp6Option();
    private final int[] relayOffsets = new int[MAX_RELAYS];
    private final int[] relayEnds = new int[MAX_RELAYS];
    private int relays;
    private boolean complete;

    /** A view of nothing, to be wrapped. */
    public Dhcp6View() {}

    /**
     * Wraps a message.
     *
     * @return false when it is none: too short, of a type that was never assigned, in more than {@link #MAX_RELAYS} relay
     *     messages, in one that holds no other, or with options that already begin wrongly
     */
    public boolean wrap(Bytes source, int offset, int length) {
        whole.wrap(source, offset, length);
        relays = 0;
        complete = false;
        int at = 0;
        int end = length;
        // Each turn goes into a smaller window, and there are eight at most.
        while (end - at >= RELAY_HEADER_LENGTH && isRelay(whole.u8(at)) && relays < MAX_RELAYS) {
            relayOffsets[relays] = at;
            relayEnds[relays++] = end;
            cursor.begin(relayOptions.wrap(whole, at + RELAY_HEADER_LENGTH, end - at - RELAY_HEADER_LENGTH));
            if (!cursor.next(Dhcp6Option.RELAY_MESSAGE)) {
                return nothing();
            }
            cursor.data(message);
            at = end - relayOptions.length() + cursor.dataStart();
            end = at + message.length();
        }
        message.wrap(whole, at, end - at);
        if (message.length() < HEADER_LENGTH || !isAssigned(message.u8(0))) {
            return nothing();
        }
        options.wrap(message, HEADER_LENGTH, message.length() - HEADER_LENGTH);
        cursor.begin(options);
        int count = 0;
        while (cursor.next()) {
            count++;
        }
        complete = cursor.isComplete();
        return complete || count > 0 || nothing();
    }

    private boolean nothing() {
        relays = 0;
        message.wrap(whole, 0, 0);
        options.wrap(whole, 0, 0);
        return false;
    }

    private static boolean isRelay(int type) {
        return type == DhcpMessageType.RELAY_FORWARD6 || type == DhcpMessageType.RELAY_REPLY6;
    }

    private static boolean isAssigned(int type) {
        return type > 0 && type <= DhcpMessageType.LAST6 && !isRelay(type);
    }

    /** The bytes of the innermost message. */
    public Bytes bytes() {
        return message;
    }

    /** False when the last option reaches over the end; those before it can be read. */
    public boolean isComplete() {
        return complete;
    }

    /** A number of {@link DhcpMessageType}; 0 before the first message. */
    public int messageType() {
        return message.length() == 0 ? 0 : message.u8(0);
    }

    /** The number that a client chose for its conversation, 24 bits. */
    public int transactionId() {
        return message.length() == 0 ? 0 : message.i32(0) & 0xff_ffff;
    }

    /** The options of the innermost message, for {@link Dhcp6Option#begin}. */
    public Bytes options() {
        return options;
    }

    /**
     * Finds the first option of a code in the innermost message.
     *
     * @param value is wrapped around its data; left alone when there is none
     */
    public boolean option(int code, Bytes value) {
        if (!cursor.begin(options).next(code)) {
            return false;
        }
        cursor.data(value);
        return true;
    }

    /** Relay messages around the innermost one, 0..8. */
    public int relayCount() {
        return relays;
    }

    /** {@link DhcpMessageType#RELAY_FORWARD6} or {@link DhcpMessageType#RELAY_REPLY6}; relay 0 is the outermost, next to the server. */
    public int relayType(int relay) {
        return whole.u8(relayOffset(relay));
    }

    /** How many relays were there before this one. */
    public int relayHops(int relay) {
        return whole.u8(relayOffset(relay) + 1);
    }

    /** The upper half of the address that names the client's link. */
    public long linkAddressHigh(int relay) {
        return whole.i64(relayOffset(relay) + LINK_ADDRESS_OFFSET);
    }

    /** The lower half of the address that names the client's link. */
    public long linkAddressLow(int relay) {
        return whole.i64(relayOffset(relay) + LINK_ADDRESS_OFFSET + 8);
    }

    /** The upper half of the address that the message within came from, or goes to. */
    public long peerAddressHigh(int relay) {
        return whole.i64(relayOffset(relay) + PEER_ADDRESS_OFFSET);
    }

    /** The lower half of the address that the message within came from, or goes to. */
    public long peerAddressLow(int relay) {
        return whole.i64(relayOffset(relay) + PEER_ADDRESS_OFFSET + 8);
    }

    /** The options that a relay added, the message within among them; valid until the next call. */
    public Bytes relayOptions(int relay) {
        int start = relayOffset(relay) + RELAY_HEADER_LENGTH;
        return relayOptions.wrap(whole, start, relayEnds[relay] - start);
    }

    private int relayOffset(int relay) {
        if (relay >= relays) {
            throw new IndexOutOfBoundsException(relay);
        }
        return relayOffsets[relay];
    }

    /** One line for people. Allocates. */
    @Override
    public String toString() {
        return DhcpMessageType.name6(messageType()) + " " + Integer.toHexString(transactionId())
                + (relays == 0 ? "" : " through " + relays + " relays");
    }
}
