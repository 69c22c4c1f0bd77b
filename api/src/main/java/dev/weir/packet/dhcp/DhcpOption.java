package dev.weir.packet.dhcp;

/** Options of DHCP for IPv4 (IANA "BOOTP Vendor Extensions and DHCP Options"; RFC 2132 unless said otherwise). */
public final class DhcpOption {
    static final int PAD = 0;
    static final int END = 255;

    public static final int SUBNET_MASK = 1;
    public static final int ROUTERS = 3;
    public static final int DNS_SERVERS = 6;
    public static final int HOST_NAME = 12;
    public static final int DOMAIN_NAME = 15;
    public static final int REQUESTED_ADDRESS = 50;
    public static final int LEASE_TIME = 51;
    public static final int OVERLOAD = 52;
    public static final int MESSAGE_TYPE = 53;
    public static final int SERVER_IDENTIFIER = 54;
    public static final int PARAMETER_LIST = 55;
    public static final int MESSAGE = 56;
    public static final int RENEWAL_TIME = 58;
    public static final int REBINDING_TIME = 59;
    public static final int VENDOR_CLASS = 60;
    public static final int CLIENT_IDENTIFIER = 61;

    /** RFC 4039. */
    public static final int RAPID_COMMIT = 80;

    /** RFC 4702. */
    public static final int CLIENT_FQDN = 81;

    /** RFC 3046. */
    public static final int RELAY_INFORMATION = 82;

    private DhcpOption() {}
}
