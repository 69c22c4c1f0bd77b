package dev.weir.packet.dhcp;

/** Kinds of messages: option 53 of DHCP for IPv4 (RFC 2132, 9.6), the first octet of DHCP for IPv6 (RFC 8415, 7.3). */
public final class DhcpMessageType {
    public static final int DISCOVER = 1;
    public static final int OFFER = 2;
    public static final int REQUEST = 3;
    public static final int DECLINE = 4;
    public static final int ACK = 5;
    public static final int NAK = 6;
    public static final int RELEASE = 7;
    public static final int INFORM = 8;

    /** RFC 3203. */
    public static final int FORCE_RENEW = 9;

    public static final int SOLICIT6 = 1;
    public static final int ADVERTISE6 = 2;
    public static final int REQUEST6 = 3;
    public static final int CONFIRM6 = 4;
    public static final int RENEW6 = 5;
    public static final int REBIND6 = 6;
    public static final int REPLY6 = 7;
    public static final int RELEASE6 = 8;
    public static final int DECLINE6 = 9;
    public static final int RECONFIGURE6 = 10;
    public static final int INFORMATION_REQUEST6 = 11;
    public static final int RELAY_FORWARD6 = 12;
    public static final int RELAY_REPLY6 = 13;

    /** The last type assigned at the time of writing: RFC 8156's STATE. */
    static final int LAST6 = 36;

    private static final String[] NAMES4 = {
        "bootp",
        "discover",
        "offer",
        "request",
        "decline",
        "ack",
        "nak",
        "release",
        "inform",
        "forcerenew",
        "leasequery",
        "leaseunassigned",
        "leaseunknown",
        "leaseactive",
        "bulkleasequery",
        "leasequerydone",
        "activeleasequery",
        "leasequerystatus",
        "tls"
    };
    private static final String[] NAMES6 = {
        "none",
        "solicit",
        "advertise",
        "request",
        "confirm",
        "renew",
        "rebind",
        "reply",
        "release",
        "decline",
        "reconfigure",
        "information-request",
        "relay-forward",
        "relay-reply"
    };

    private DhcpMessageType() {}

    /** {@code discover}, {@code ack}…; {@code bootp} for 0, {@code type-77} for one without a name (allocates). */
    public static String name4(int type) {
        return type >= 0 && type < NAMES4.length ? NAMES4[type] : "type-" + type;
    }

    /** {@code solicit}, {@code reply}…; {@code type-77} for one without a name here (allocates). */
    public static String name6(int type) {
        return type >= 0 && type < NAMES6.length ? NAMES6[type] : "type-" + type;
    }
}
