package dev.weir.packet;

import dev.weir.Protocols;

/** A message of ICMPv6 (RFC 4443), those of neighbor discovery included (RFC 4861). */
public final class Icmpv6View extends IcmpMessage {
    public static final int DESTINATION_UNREACHABLE = 1;
    public static final int PACKET_TOO_BIG = 2;
    public static final int TIME_EXCEEDED = 3;
    public static final int PARAMETER_PROBLEM = 4;
    public static final int ECHO = 128;
    public static final int ECHO_REPLY = 129;
    public static final int ROUTER_SOLICITATION = 133;
    public static final int ROUTER_ADVERTISEMENT = 134;
    public static final int NEIGHBOR_SOLICITATION = 135;
    public static final int NEIGHBOR_ADVERTISEMENT = 136;
    public static final int REDIRECT = 137;

    /** RFC 4443, 2.1: types below are errors. */
    private static final int FIRST_INFORMATIONAL = 128;

    // RFC 4861, 4.1 to 4.5: where the options begin, and the target before them
    private static final int TARGET_OFFSET = 8;
    private static final int SOLICITATION_LENGTH = 8;
    private static final int ROUTER_ADVERTISEMENT_LENGTH = 16;
    private static final int NEIGHBOR_LENGTH = 24;
    private static final int REDIRECT_LENGTH = 40;

    /** Of nothing yet. */
    public Icmpv6View() {}

    @Override
    int protocol() {
        return Protocols.IPV6_ICMP;
    }

    @Override
    public boolean isEcho() {
        return type() == ECHO || type() == ECHO_REPLY;
    }

    @Override
    public boolean isError() {
        return type() < FIRST_INFORMATIONAL;
    }

    /** The MTU behind which a packet was too big, 0..4,294,967,295; -1 for other messages. */
    public long mtu() {
        return type() == PACKET_TOO_BIG ? rest() : -1;
    }

    /** True for the messages that are about a neighbor's address, and are long enough for it. */
    public boolean hasTarget() {
        return switch (type()) {
            case NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT, REDIRECT -> bytes.length() >= NEIGHBOR_LENGTH;
            default -> false;
        };
    }

    /** The upper half of the address that is asked for or told; 0 where there is none. */
    public long targetHigh() {
        return hasTarget() ? bytes.i64(TARGET_OFFSET) : 0;
    }

    /** The lower half. */
    public long targetLow() {
        return hasTarget() ? bytes.i64(TARGET_OFFSET + 8) : 0;
    }

    /**
     * Moves a list to the options of neighbor discovery (RFC 4861, 4.6): source link-layer address 1, target link-layer
     * address 2, prefix 3, MTU 5. Empty for other messages.
     */
    public OptionList options(OptionList list) {
        int offset =
                switch (type()) {
                    case ROUTER_SOLICITATION -> SOLICITATION_LENGTH;
                    case ROUTER_ADVERTISEMENT -> ROUTER_ADVERTISEMENT_LENGTH;
                    case NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT -> NEIGHBOR_LENGTH;
                    case REDIRECT -> REDIRECT_LENGTH;
                    default -> bytes.length();
                };
        int from = Math.min(offset, bytes.length());
        return list.neighborDiscovery(bytes, from, bytes.length() - from);
    }
}
