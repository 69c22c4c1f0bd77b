package dev.weir.stream;

import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/** Where in a packet a fragment's data stands, and what its headers are when the datagram is whole; filled again for each. */
final class FragmentHeader {
    // RFC 791, 3.1
    private static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    private static final int IPV4_FRAGMENT_OFFSET = 6;
    private static final int IPV4_DO_NOT_FRAGMENT = 0x4000;
    private static final int IPV4_CHECKSUM_OFFSET = 10;

    // RFC 8200, 3 and 4
    private static final int IPV6_LENGTH = 40;
    private static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;
    private static final int IPV6_NEXT_HEADER_OFFSET = 6;
    private static final int HOP_BY_HOP_OPTIONS = 0;
    private static final int ROUTING_HEADER = 43;
    private static final int FRAGMENT_HEADER = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int FRAGMENT_HEADER_LENGTH = 8;

    static final int MAX_IP_BYTES = 65_535;

    private int version;
    private int networkOffset;

    /** Where the headers end that every fragment has; of IPv6, where the fragment header begins. */
    private int headersEnd;

    /** The byte that says that a fragment header follows (IPv6). */
    private int nextHeaderOffset;

    private int dataOffset;
    private int dataLength;

    /** Reads a fragment; false when its data was not captured as a whole or its headers are not those of a fragment. */
    boolean read(Bytes packet, Headers headers) {
        version = headers.ipVersion();
        networkOffset = headers.networkOffset();
        if (version == 4) {
            headersEnd = networkOffset + (packet.u8(networkOffset) & 0xf) * 4;
            dataOffset = headersEnd;
        } else if (!findFragmentHeader(packet)) {
            return false;
        }
        dataLength = headers.networkEnd() - dataOffset;
        return dataLength > 0 && dataOffset + dataLength <= packet.length();
    }

    /** Every header that may stand before is at least eight bytes long, so the loop ends with the packet. */
    private boolean findFragmentHeader(Bytes packet) {
        nextHeaderOffset = networkOffset + IPV6_NEXT_HEADER_OFFSET;
        int at = networkOffset + IPV6_LENGTH;
        int next = packet.u8(nextHeaderOffset);
        while (at + FRAGMENT_HEADER_LENGTH <= packet.length()) {
            if (next == FRAGMENT_HEADER) {
                headersEnd = at;
                dataOffset = at + FRAGMENT_HEADER_LENGTH;
                return true;
            }
            if (next != HOP_BY_HOP_OPTIONS && next != ROUTING_HEADER && next != DESTINATION_OPTIONS) {
                return false;
            }
            nextHeaderOffset = at;
            next = packet.u8(at);
            at += (packet.u8(at + 1) + 1) * 8;
        }
        return false;
    }

    int dataOffset() {
        return dataOffset;
    }

    int dataLength() {
        return dataLength;
    }

    /** Bytes before the data once the datagram is whole, link header included. */
    int headersLength() {
        return headersEnd;
    }

    /** Bytes of the datagram that count against {@link #MAX_IP_BYTES}, with so many bytes of data. */
    int ipLength(int totalBytes) {
        int headerBytes = headersEnd - networkOffset;
        return version == 4 ? headerBytes + totalBytes : headerBytes - IPV6_LENGTH + totalBytes;
    }

    /** Puts the headers of the packet, the first fragment, before the data in a buffer. */
    void copyTo(ByteBuffer buffer, int dataStart, Bytes packet) {
        int start = dataStart - headersEnd;
        buffer.position(start);
        packet.get(0, buffer, headersEnd);
        buffer.clear();
        if (version == 6) {
            buffer.put(start + nextHeaderOffset, (byte) packet.u8(headersEnd)); // RFC 8200, 4.5: its next header
        }
    }

    /** Makes the headers in a buffer those of a whole datagram. */
    static void complete(ByteBuffer buffer, int version, int networkOffset, int dataStart, int totalBytes) {
        if (version == 6) {
            int payload = dataStart - networkOffset - IPV6_LENGTH + totalBytes;
            buffer.putShort(networkOffset + IPV6_PAYLOAD_LENGTH_OFFSET, (short) payload);
            return;
        }
        buffer.putShort(networkOffset + IPV4_TOTAL_LENGTH_OFFSET, (short) (dataStart - networkOffset + totalBytes));
        int flags = buffer.getShort(networkOffset + IPV4_FRAGMENT_OFFSET) & IPV4_DO_NOT_FRAGMENT;
        buffer.putShort(networkOffset + IPV4_FRAGMENT_OFFSET, (short) flags);
        buffer.putShort(networkOffset + IPV4_CHECKSUM_OFFSET, (short) 0);
        int sum = 0; // RFC 1071; at most 30 words
        for (int at = networkOffset; at < dataStart; at += 2) {
            sum += buffer.getShort(at) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum += sum >>> 16;
        buffer.putShort(networkOffset + IPV4_CHECKSUM_OFFSET, (short) ~sum);
    }

    int version() {
        return version;
    }

    int networkOffset() {
        return networkOffset;
    }
}
