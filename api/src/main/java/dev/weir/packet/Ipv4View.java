package dev.weir.packet;

/** An IPv4 header with its options (RFC 791, 3.1). */
public final class Ipv4View extends IpView {
    static final int MIN_LENGTH = 20;
    private static final int SERVICES_OFFSET = 1;
    private static final int TOTAL_LENGTH_OFFSET = 2;
    private static final int IDENTIFICATION_OFFSET = 4;
    private static final int FRAGMENT_OFFSET = 6;
    private static final int RESERVED = 0x8000;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int OFFSET_UNITS = 0x1fff;
    private static final int TIME_TO_LIVE_OFFSET = 8;
    private static final int PROTOCOL_OFFSET = 9;
    static final int CHECKSUM_OFFSET = 10;
    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;

    /** Of nothing yet. */
    public Ipv4View() {}

    /** Moves to the header that was decoded, where it is IPv4. */
    public boolean wrap(Bytes packet, Headers headers) {
        int offset = headers.networkOffset();
        return headers.ipVersion() == 4 ? wrap(packet, offset, headers.networkEnd() - offset) : none();
    }

    /** Moves to a header; false when it is cut off or contradicts itself. */
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, MIN_LENGTH)
                || bytes.u8(0) >>> 4 != 4
                || headerLength() < MIN_LENGTH
                || bytes.length() < headerLength()) {
            return none();
        }
        if (totalLength() == 0) {
            return true; // segmentation offload leaves it to the network card
        }
        if (totalLength() < headerLength()) {
            return none();
        }
        bytes.wrap(bytes, 0, Math.min(bytes.length(), totalLength()));
        return true;
    }

    @Override
    public int headerLength() {
        return (bytes.u8(0) & 0xf) * 4;
    }

    @Override
    int services() {
        return bytes.u8(SERVICES_OFFSET);
    }

    /** Bytes of header and payload; 0 where segmentation is left to the network card. */
    public int totalLength() {
        return bytes.u16(TOTAL_LENGTH_OFFSET);
    }

    /** 0..65,535. */
    public int identification() {
        return bytes.u16(IDENTIFICATION_OFFSET);
    }

    /** True when the reserved flag is set, which nobody has a use for (RFC 3514 aside). */
    public boolean isReservedFlagSet() {
        return (bytes.u16(FRAGMENT_OFFSET) & RESERVED) != 0;
    }

    public boolean dontFragment() {
        return (bytes.u16(FRAGMENT_OFFSET) & DONT_FRAGMENT) != 0;
    }

    public boolean moreFragments() {
        return (bytes.u16(FRAGMENT_OFFSET) & MORE_FRAGMENTS) != 0;
    }

    /** Where the fragment stands in its datagram, in bytes. */
    public int fragmentOffset() {
        return (bytes.u16(FRAGMENT_OFFSET) & OFFSET_UNITS) * 8;
    }

    /** 0..255. */
    public int timeToLive() {
        return bytes.u8(TIME_TO_LIVE_OFFSET);
    }

    /** A number of {@link dev.weir.Protocols}. */
    public int protocol() {
        return bytes.u8(PROTOCOL_OFFSET);
    }

    /** The header's checksum as it stands there. */
    public int checksum() {
        return bytes.u16(CHECKSUM_OFFSET);
    }

    /** True when the checksum over the header is right. */
    public boolean isChecksumValid() {
        return InternetChecksum.of(bytes, 0, headerLength()) == 0;
    }

    /** The checksum that this header should have. */
    public int computeChecksum() {
        long sum = InternetChecksum.add(0, bytes, 0, CHECKSUM_OFFSET);
        int rest = CHECKSUM_OFFSET + 2;
        return InternetChecksum.finish(InternetChecksum.add(sum, bytes, rest, headerLength() - rest));
    }

    @Override
    public long sourceHigh() {
        return 0;
    }

    @Override
    public long sourceLow() {
        return IpAddress.IPV4_MAPPED | bytes.u32(SOURCE_OFFSET);
    }

    @Override
    public long destinationHigh() {
        return 0;
    }

    @Override
    public long destinationLow() {
        return IpAddress.IPV4_MAPPED | bytes.u32(DESTINATION_OFFSET);
    }

    /** True when there are options, padding included. */
    public boolean hasOptions() {
        return headerLength() > MIN_LENGTH;
    }

    /** Moves a list to the options. */
    public OptionList options(OptionList list) {
        return list.ipv4OrTcp(bytes, MIN_LENGTH, headerLength() - MIN_LENGTH);
    }
}
