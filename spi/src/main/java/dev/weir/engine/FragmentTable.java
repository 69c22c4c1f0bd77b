package dev.weir.engine;

import dev.weir.packet.Headers;

/**
 * Remembers the ports of datagrams whose first fragment was seen, so that later fragments follow them into their flow. A
 * fixed table, four places a bucket; the oldest makes room. Datagrams are told apart by a 64-bit keyed hash of addresses,
 * protocol, networks and identification.
 *
 * <p>A fragment that comes before the first one of its datagram belongs to the flow of the two addresses without ports, and
 * so do all others of its datagram, the first one too: fragments that are put together must meet in one flow.
 */
final class FragmentTable {
    private static final int BUCKETS = 1024;
    private static final int WAYS = 4;

    /** Longest time between fragments: hosts give up reassembly after 60 s (RFC 8200, 4.5). */
    private static final long LIFETIME_NS = 60_000_000_000L;

    /** The ports of a datagram whose first fragment was not the first to come. */
    private static final int OVERTAKEN = 0;

    private final HashSeed seed;
    private final long[] datagrams = new long[BUCKETS * WAYS];
    private final int[] ports = new int[BUCKETS * WAYS];
    private final long[] seenNs = new long[BUCKETS * WAYS];

    FragmentTable(HashSeed seed) {
        this.seed = seed;
    }

    /** Source port in the upper, destination port in the lower 16 bits; 0 when another fragment came first. */
    int ports(Headers headers, long nowNs) {
        if (headers.fragmentOffset() == 0 && !headers.moreFragments()) {
            // whole in spite of its fragment header: it must not stand for a datagram of the same number (RFC 6946, 4)
            return headers.sourcePort() << 16 | headers.destinationPort();
        }
        long datagram = datagram(headers);
        int bucket = (int) datagram & (BUCKETS - 1);
        int known = find(bucket, datagram, nowNs);
        boolean isFirst = headers.fragmentOffset() == 0;
        if (known >= 0 && (!isFirst || ports[known] == OVERTAKEN)) {
            return ports[known];
        }
        int place = place(bucket, datagram);
        datagrams[place] = datagram;
        ports[place] = isFirst ? headers.sourcePort() << 16 | headers.destinationPort() : OVERTAKEN;
        seenNs[place] = nowNs;
        return ports[place];
    }

    private int find(int bucket, long datagram, long nowNs) {
        for (int i = bucket * WAYS; i < (bucket + 1) * WAYS; i++) {
            if (datagrams[i] == datagram && nowNs - seenNs[i] < LIFETIME_NS) {
                return i;
            }
        }
        return -1;
    }

    private int place(int bucket, long datagram) {
        int oldest = bucket * WAYS;
        for (int i = bucket * WAYS; i < (bucket + 1) * WAYS; i++) {
            if (datagrams[i] == datagram || datagrams[i] == 0) {
                return i;
            }
            if (seenNs[i] < seenNs[oldest]) {
                oldest = i;
            }
        }
        return oldest;
    }

    private long datagram(Headers headers) {
        long hash = seed.hash(
                headers.sourceHigh(),
                headers.sourceLow(),
                headers.destinationHigh(),
                headers.destinationLow(),
                (headers.virtualNetwork() + 1L) << 40 ^ (long) headers.fragmentId() << 8 ^ headers.protocol() & 0xff,
                headers.vlans());
        return hash == 0 ? 1 : hash; // 0 marks a free place
    }
}
