package dev.weir;

/** IP protocol numbers (IANA registry "Protocol Numbers") that the library itself looks into. */
public final class Protocols {
    public static final int ICMP = 1;
    /** IPv4 in IP (RFC 2003). */
    public static final int IPV4 = 4;

    public static final int TCP = 6;
    public static final int UDP = 17;
    /** IPv6 in IP (RFC 4213, RFC 2473). */
    public static final int IPV6 = 41;

    public static final int GRE = 47;
    public static final int IPV6_ICMP = 58;
    public static final int SCTP = 132;

    private Protocols() {}

    /** {@code TCP}, {@code UDP}, {@code ICMP}, {@code IPv6-ICMP}, {@code SCTP}, {@code IPv4}, {@code IPv6}, {@code GRE}, else the number. */
    public static String name(int protocol) {
        return switch (protocol) {
            case ICMP -> "ICMP";
            case TCP -> "TCP";
            case UDP -> "UDP";
            case IPV6_ICMP -> "IPv6-ICMP";
            case SCTP -> "SCTP";
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
            case GRE -> "GRE";
            default -> Integer.toString(protocol);
        };
    }
}
