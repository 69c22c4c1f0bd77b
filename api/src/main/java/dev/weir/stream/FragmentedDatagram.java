package dev.weir.stream;

import dev.weir.Verdict;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;

/** A datagram of which fragments have come; used again for another one when it is done. */
final class FragmentedDatagram implements Assembly.Owner {
    /** Room for the headers before the data; a first fragment with longer ones is given up. */
    static final int HEADROOM_BYTES = 256;

    private static final int UNKNOWN = -1;

    /** What becomes of a datagram, and of fragments that still come. */
    enum State {
        /** Fragments are missing. */
        INCOMPLETE,
        /** It is whole and kept, as its classifier will ask for it again. */
        WHOLE,
        /** Nothing is kept; fragments that still come get the datagram's verdict. */
        DECIDED,
        /** Nothing is kept; fragments that still come are discarded from it (RFC 5722, 3). */
        GIVEN_UP
    }

    private final Defragmenter defragmenter;
    final Assembly assembly;

    // ---- the key: RFC 791, 2.3, with the protocol; RFC 8200, 4.5, without
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private long vlans;
    private long identity;
    private int virtualNetwork;

    int bucket;
    FragmentedDatagram nextInBucket;

    /** Neighbours in order of creation. */
    FragmentedDatagram older;

    FragmentedDatagram newer;

    long expiresNs;
    State state;
    Verdict verdict;

    /** Bytes of data when it is whole. */
    private int totalBytes;

    private int headersLength;
    private int version;
    private int networkOffset;

    FragmentedDatagram(Defragmenter defragmenter, ReassemblyMemory memory) {
        this.defragmenter = defragmenter;
        assembly = new Assembly(memory, HEADROOM_BYTES, this);
    }

    /** What tells datagrams of the same addresses apart. */
    static long identity(Headers headers) {
        int protocol = headers.ipVersion() == 4 ? headers.protocol() & 0xff : 0;
        return (long) headers.fragmentId() << 16 | headers.ipVersion() << 8 | protocol;
    }

    void begin(Headers headers, int bucket, long expiresNs) {
        sourceHigh = headers.sourceHigh();
        sourceLow = headers.sourceLow();
        destinationHigh = headers.destinationHigh();
        destinationLow = headers.destinationLow();
        vlans = headers.vlans();
        virtualNetwork = headers.virtualNetwork();
        identity = identity(headers);
        this.bucket = bucket;
        this.expiresNs = expiresNs;
        state = State.INCOMPLETE;
        verdict = Verdict.CONTINUE;
        totalBytes = UNKNOWN;
        headersLength = UNKNOWN;
        assembly.reset(0);
    }

    boolean is(Headers headers, long identity) {
        return this.identity == identity
                && sourceLow == headers.sourceLow()
                && destinationLow == headers.destinationLow()
                && sourceHigh == headers.sourceHigh()
                && destinationHigh == headers.destinationHigh()
                && vlans == headers.vlans()
                && virtualNetwork == headers.virtualNetwork();
    }

    /** Takes a fragment in; false when the datagram must be given up for it. */
    boolean add(Bytes packet, FragmentHeader header, int offset, boolean more) {
        int length = header.dataLength();
        int end = offset + length;
        if (more && length % 8 != 0 || header.ipLength(end) > FragmentHeader.MAX_IP_BYTES) {
            return false; // RFC 8200, 4.5
        }
        if (!more && totalBytes == UNKNOWN && assembly.end() <= end) {
            totalBytes = end;
        }
        if (totalBytes != UNKNOWN && (more ? end >= totalBytes : end != totalBytes) || !more && totalBytes == UNKNOWN) {
            return false; // it ends where another fragment said otherwise
        }
        boolean overlaps = assembly.overlaps(offset, end);
        int result = assembly.put(offset, packet, header.dataOffset(), length);
        if (overlaps ? result != 0 : result != Assembly.NEW) {
            return false; // of what overlaps only the repetition of what is there does no harm
        }
        if (offset == 0 && headersLength == UNKNOWN) {
            headersLength = header.headersLength();
            version = header.version();
            networkOffset = header.networkOffset();
            if (headersLength > HEADROOM_BYTES) {
                return false;
            }
            header.copyTo(assembly.buffer(), HEADROOM_BYTES, packet);
        }
        return true;
    }

    boolean isWhole() {
        return totalBytes != UNKNOWN && headersLength != UNKNOWN && assembly.next() == totalBytes;
    }

    /** Shows the datagram, whole, from the link header of its first fragment on; says where its IP header begins. */
    int show(Bytes bytes) {
        int start = HEADROOM_BYTES - headersLength;
        FragmentHeader.complete(assembly.buffer(), version, start + networkOffset, HEADROOM_BYTES, totalBytes);
        bytes.wrap(assembly.buffer(), start, headersLength + totalBytes);
        return networkOffset;
    }

    @Override
    public void evicted() {
        defragmenter.evicted(this);
    }
}
