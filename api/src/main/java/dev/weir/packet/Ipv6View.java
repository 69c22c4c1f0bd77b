package dev.weir.packet;

/** An IPv6 header (RFC 8200, 3); {@link #extensions} reads the extension headers behind it. */
public final class Ipv6View extends IpView {
    static final int LENGTH = 40;
    private static final int PAYLOAD_LENGTH_OFFSET = 4;
    private static final int NEXT_HEADER_OFFSET = 6;
    private static final int HOP_LIMIT_OFFSET = 7;
    private static final int SOURCE_OFFSET = 8;
    private static final int DESTINATION_OFFSET = 24;

    /** Of nothing yet. */
    public Ipv6View() {}

    /** Moves to the header that was decoded, where it is IPv6. */
    public boolean wrap(Bytes packet, Headers headers) {
        int offset = headers.networkOffset();
        return headers.ipVersion() == 6 ? wrap(packet, offset, headers.networkEnd() - offset) : none();
    }

    /** Moves to a header; false when it is cut off or of another version. */
    public boolean wrap(Bytes source, int offset, int length) {
        if (!begin(source, offset, length, LENGTH) || bytes.u8(0) >>> 4 != 6) {
            return none();
        }
        // The length of a jumbogram stands in its options (RFC 2675): all there is belongs to it.
        boolean jumbo = payloadLength() == 0 && nextHeader() == Ipv6Extensions.HOP_BY_HOP_OPTIONS;
        if (!jumbo) {
            bytes.wrap(bytes, 0, Math.min(bytes.length(), LENGTH + payloadLength()));
        }
        return true;
    }

    /** 40: extension headers are payload here. */
    @Override
    public int headerLength() {
        return LENGTH;
    }

    @Override
    int services() {
        return bytes.u16(0) >>> 4 & 0xff;
    }

    /** 20 bits. */
    public int flowLabel() {
        return bytes.i32(0) & 0xfffff;
    }

    /** Bytes behind this header, extension headers included; 0 for a jumbogram. */
    public int payloadLength() {
        return bytes.u16(PAYLOAD_LENGTH_OFFSET);
    }

    /** What follows: an extension header, or a number of {@link dev.weir.Protocols}. */
    public int nextHeader() {
        return bytes.u8(NEXT_HEADER_OFFSET);
    }

    /** 0..255. */
    public int hopLimit() {
        return bytes.u8(HOP_LIMIT_OFFSET);
    }

    @Override
    public long sourceHigh() {
        return bytes.i64(SOURCE_OFFSET);
    }

    @Override
    public long sourceLow() {
        return bytes.i64(SOURCE_OFFSET + 8);
    }

    @Override
    public long destinationHigh() {
        return bytes.i64(DESTINATION_OFFSET);
    }

    @Override
    public long destinationLow() {
        return bytes.i64(DESTINATION_OFFSET + 8);
    }

    /** Moves a list to the extension headers; empty when there are none. */
    public Ipv6Extensions extensions(Ipv6Extensions list) {
        return list.wrap(bytes, LENGTH, nextHeader());
    }
}
