package dev.weir.packet;

import dev.weir.Protocols;

/** A message of ICMP (RFC 792). */
public final class IcmpView extends IcmpMessage {
    public static final int ECHO_REPLY = 0;
    public static final int DESTINATION_UNREACHABLE = 3;
    public static final int SOURCE_QUENCH = 4;
    public static final int REDIRECT = 5;
    public static final int ECHO = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    private static final int FRAGMENTATION_NEEDED = 4;

    /** Of nothing yet. */
    public IcmpView() {}

    @Override
    int protocol() {
        return Protocols.ICMP;
    }

    @Override
    public boolean isEcho() {
        return type() == ECHO || type() == ECHO_REPLY;
    }

    @Override
    public boolean isError() {
        return switch (type()) {
            case DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
            default -> false;
        };
    }

    /** The MTU behind which a packet was too long (RFC 1191, 4), 0 from old routers; -1 for other messages. */
    public int nextHopMtu() {
        boolean tooLong = type() == DESTINATION_UNREACHABLE && code() == FRAGMENTATION_NEEDED;
        return tooLong ? (int) rest() & 0xffff : -1;
    }

    /** The gateway to use from now on, in the form of {@link IpAddress#low()}; 0 for other messages. */
    public long gateway() {
        return type() == REDIRECT ? IpAddress.IPV4_MAPPED | rest() : 0;
    }
}
