package dev.weir.engine;

import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;

/**
 * The five-tuple of a packet with its two ends in a fixed order, so that both directions of a flow give the same tuple
 * and the same hash.
 */
class Tuple {
    private static final int ICMP_ECHO_REPLY = 0;
    private static final int ICMP_ECHO = 8;
    private static final int ICMPV6_ECHO = 128;
    private static final int ICMPV6_ECHO_REPLY = 129;

    private static final int NETWORK_SHIFT = 16;

    /** Address of the lower end. */
    long lowHigh;

    long lowLow;
    /** Address of the higher end. */
    long highHigh;

    long highLow;
    int lowPort;
    int highPort;

    /**
     * Protocol in bits 0 to 7, IP version in bits 8 to 11, one more than the virtual network from bit 16 on; 0 for what is
     * not IP.
     */
    long kind;

    long vlans;

    /** True when the packet goes from the higher end to the lower one. */
    boolean fromHigh;

    long hash;

    /** Reads the tuple from the headers, with ports that may be known from elsewhere (a datagram's first fragment). */
    void set(Headers headers, int sourcePort, int destinationPort, HashSeed seed) {
        if (!headers.isIp()) {
            setNotIp();
            return;
        }
        long sourceHigh = headers.sourceHigh();
        long sourceLow = headers.sourceLow();
        long destinationHigh = headers.destinationHigh();
        long destinationLow = headers.destinationLow();
        boolean swap = sourceHigh != destinationHigh
                ? sourceHigh > destinationHigh
                : sourceLow != destinationLow ? sourceLow > destinationLow : sourcePort > destinationPort;
        if (swap) {
            lowHigh = destinationHigh;
            lowLow = destinationLow;
            highHigh = sourceHigh;
            highLow = sourceLow;
            lowPort = destinationPort;
            highPort = sourcePort;
        } else {
            lowHigh = sourceHigh;
            lowLow = sourceLow;
            highHigh = destinationHigh;
            highLow = destinationLow;
            lowPort = sourcePort;
            highPort = destinationPort;
        }
        fromHigh = swap;
        kind = (headers.virtualNetwork() + 1L) << NETWORK_SHIFT | headers.ipVersion() << 8 | headers.protocol() & 0xff;
        vlans = headers.vlans();
        hash = seed.hash(
                lowHigh,
                lowLow,
                highHigh,
                highLow,
                (long) lowPort << 16 | highPort,
                Long.rotateRight(kind, NETWORK_SHIFT) ^ vlans);
    }

    private void setNotIp() {
        lowHigh = 0;
        lowLow = 0;
        highHigh = 0;
        highLow = 0;
        lowPort = 0;
        highPort = 0;
        kind = 0;
        vlans = 0;
        fromHigh = false;
        hash = 0;
    }

    /** The echo identifier that stands for the ports of a ping (RFC 792, RFC 4443), else 0. */
    static int echoIdentifier(Headers headers, Bytes bytes) {
        int at = headers.transportOffset();
        if (!headers.hasTransport()) {
            return 0;
        }
        int type = bytes.u8(at);
        boolean echo = headers.protocol() == Protocols.ICMP
                ? type == ICMP_ECHO || type == ICMP_ECHO_REPLY
                : type == ICMPV6_ECHO || type == ICMPV6_ECHO_REPLY;
        return echo ? bytes.u16(at + 4) : 0;
    }

    public boolean isIp() {
        return kind != 0;
    }

    int protocol() {
        return (int) kind & 0xff;
    }

    /** Takes over another tuple. */
    void copyFrom(Tuple other) {
        lowHigh = other.lowHigh;
        lowLow = other.lowLow;
        highHigh = other.highHigh;
        highLow = other.highLow;
        lowPort = other.lowPort;
        highPort = other.highPort;
        kind = other.kind;
        vlans = other.vlans;
        fromHigh = other.fromHigh;
        hash = other.hash;
    }

    /** True for the same conversation, whichever way the packets go. */
    boolean sameFlow(Tuple other) {
        return hash == other.hash
                && lowLow == other.lowLow
                && highLow == other.highLow
                && lowPort == other.lowPort
                && highPort == other.highPort
                && kind == other.kind
                && vlans == other.vlans
                && lowHigh == other.lowHigh
                && highHigh == other.highHigh;
    }

    /** The key in the direction from the higher end or from the lower one. Allocates. */
    FlowKey key(boolean fromHigh) {
        FlowKey fromLow = new FlowKey(
                (int) kind >>> 8 & 0xf,
                protocol(),
                lowHigh,
                lowLow,
                highHigh,
                highLow,
                lowPort,
                highPort,
                vlans,
                (int) (kind >>> NETWORK_SHIFT) - 1);
        return fromHigh ? fromLow.reversed() : fromLow;
    }
}
