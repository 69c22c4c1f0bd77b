package dev.weir.packet;

/** What IPv4 and IPv6 have in common. */
abstract class IpView extends View {
    /** The differentiated services byte (RFC 2474) of the header. */
    abstract int services();

    /** The differentiated services code point, 0..63. */
    public final int dscp() {
        return services() >>> 2;
    }

    /** Congestion notification, 0..3 (RFC 3168, 5). */
    public final int ecn() {
        return services() & 3;
    }

    /** The upper half of the source address; 0 for IPv4. */
    public abstract long sourceHigh();

    /** The lower half of the source address, IPv4-mapped for IPv4. */
    public abstract long sourceLow();

    /** The upper half of the destination address; 0 for IPv4. */
    public abstract long destinationHigh();

    /** The lower half of the destination address, IPv4-mapped for IPv4. */
    public abstract long destinationLow();
}
