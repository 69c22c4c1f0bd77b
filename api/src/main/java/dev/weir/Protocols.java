package dev.weir;

/** IP protocol numbers (IANA registry "Protocol Numbers") that the library itself looks into. */
public final class Protocols {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int IPV6_ICMP = 58;
    public static final int SCTP = 132;

    private Protocols() {}

    /** {@code TCP}, {@code UDP}, {@code ICMP}, {@code IPv6-ICMP}, {@code SCTP}, else the number. */
    public static String name(int protocol) {
        return switch (protocol) {
            case ICMP -> "ICMP";
            case TCP -> "TCP";
            case UDP -> "UDP";
            case IPV6_ICMP -> "IPv6-ICMP";
            case SCTP -> "SCTP";
            default -> Integer.toString(protocol);
        };
    }
}
