package dev.weir.packet;

/** A message of ARP (RFC 826): who has an address, or who is it; with addresses of any lengths. */
public final class ArpView extends View {
    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    private static final int FIXED_LENGTH = 8;
    private static final int HARDWARE_TYPE_OFFSET = 0;
    private static final int PROTOCOL_TYPE_OFFSET = 2;
    private static final int HARDWARE_LENGTH_OFFSET = 4;
    private static final int PROTOCOL_LENGTH_OFFSET = 5;
    private static final int OPERATION_OFFSET = 6;
    private static final int HARDWARE_ETHERNET = 1;
    private static final int MAC_LENGTH = 6;
    private static final int IPV4_LENGTH = 4;

    /** Of nothing yet. */
    public ArpView() {}

    /** Moves to a message; false when it is cut off. */
    public boolean wrap(Bytes source, int offset, int length) {
        return begin(source, offset, length, FIXED_LENGTH) && (bytes.length() >= headerLength() || none());
    }

    /** 1 for Ethernet. */
    public int hardwareType() {
        return bytes.u16(HARDWARE_TYPE_OFFSET);
    }

    /** {@link EtherTypes#IPV4} for IPv4. */
    public int protocolType() {
        return bytes.u16(PROTOCOL_TYPE_OFFSET);
    }

    /** {@link #REQUEST}, {@link #REPLY}, or another of IANA's registry. */
    public int operation() {
        return bytes.u16(OPERATION_OFFSET);
    }

    /** True for the usual message, between Ethernet and IPv4: only then do the addresses below say something. */
    public boolean isEthernetAndIpv4() {
        return hardwareType() == HARDWARE_ETHERNET
                && protocolType() == EtherTypes.IPV4
                && bytes.u8(HARDWARE_LENGTH_OFFSET) == MAC_LENGTH
                && bytes.u8(PROTOCOL_LENGTH_OFFSET) == IPV4_LENGTH;
    }

    /** 48 bits, see {@link MacAddress}; 0 for another kind of address. */
    public long senderHardwareAddress() {
        return isEthernetAndIpv4() ? MacAddress.read(bytes, FIXED_LENGTH) : 0;
    }

    /** In the form of {@link IpAddress#low()}; 0 for another kind of address. */
    public long senderAddress() {
        return isEthernetAndIpv4() ? address(FIXED_LENGTH + MAC_LENGTH) : 0;
    }

    /** 48 bits; 0 in a request, and for another kind of address. */
    public long targetHardwareAddress() {
        return isEthernetAndIpv4() ? MacAddress.read(bytes, FIXED_LENGTH + MAC_LENGTH + IPV4_LENGTH) : 0;
    }

    /** In the form of {@link IpAddress#low()}; 0 for another kind of address. */
    public long targetAddress() {
        return isEthernetAndIpv4() ? address(FIXED_LENGTH + 2 * MAC_LENGTH + IPV4_LENGTH) : 0;
    }

    private long address(int offset) {
        return IpAddress.IPV4_MAPPED | bytes.u32(offset);
    }

    /** All of it: a message carries nothing. */
    @Override
    public int headerLength() {
        return FIXED_LENGTH + 2 * (bytes.u8(HARDWARE_LENGTH_OFFSET) + bytes.u8(PROTOCOL_LENGTH_OFFSET));
    }
}
