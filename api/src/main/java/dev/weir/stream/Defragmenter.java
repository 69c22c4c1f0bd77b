package dev.weir.stream;

import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import dev.weir.stream.FragmentedDatagram.State;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Puts IP datagrams together from their fragments. Give it every packet; it gives back whole ones:
 *
 * <pre>{@code
 * Packet whole = defragmenter.accept(packet);
 * if (whole != null) {
 *     ... // the packet itself, or the datagram that it completed
 * }
 * }</pre>
 *
 * <p>Used by one thread, which sees all fragments of a datagram: in a pipeline, have one a worker. What it keeps, for how
 * long, and what it does about overlaps says the package. After the first datagrams it allocates nothing more.
 */
public final class Defragmenter {
    private final long timeoutNs;
    private final int maxDatagrams;
    private final Counters counters;
    private final ReassemblyMemory memory;
    private final FragmentedDatagram[] buckets;
    private final long seed = new SplittableRandom().nextLong();
    private final FragmentHeader header = new FragmentHeader();
    private final ReassembledPacket reassembled = new ReassembledPacket();

    private FragmentedDatagram oldest;
    private FragmentedDatagram newest;
    private FragmentedDatagram spare;
    private int datagrams;

    /** The datagram of the latest fragment, null when it has none any more. */
    private FragmentedDatagram latest;

    /** With bounds of its own. */
    public Defragmenter(FragmentLimits limits) {
        this(limits, new Counters());
    }

    Defragmenter(FragmentLimits limits, Counters counters) {
        Objects.requireNonNull(limits, "limits");
        this.counters = counters;
        memory = new ReassemblyMemory(
                limits.memoryBytes(), counters, Counter.FRAGMENT_USED_BYTES, Counter.FRAGMENT_MEMORY_BYTES);
        timeoutNs = limits.timeout().toNanos();
        maxDatagrams = limits.maxDatagrams();
        buckets = new FragmentedDatagram[Integer.highestOneBit(2 * maxDatagrams - 1) << 1];
    }

    /**
     * Takes a packet.
     *
     * @return the packet itself when it is no fragment; the whole datagram when this fragment completes it, valid until
     *     the next call and as long as the packet, {@linkplain Packet#isReassembled() reassembled}, with the link header
     *     and the IP header of its first fragment (within a tunnel, with the IP header alone); null while fragments are missing, or when it was given up
     */
    public Packet accept(Packet packet) {
        settle();
        Headers headers = packet.headers();
        if (!isPart(headers)) {
            return packet;
        }
        long nowNs = packet.timestampNs();
        expire(nowNs);
        if (!header.read(packet.bytes(), headers)) {
            counters.add(Counter.FRAGMENTS_DISCARDED);
            return null;
        }
        FragmentedDatagram datagram = find(headers, nowNs);
        latest = datagram;
        return switch (datagram.state) {
            case INCOMPLETE -> add(datagram, packet, headers);
            case WHOLE -> whole(datagram, packet);
            case GIVEN_UP -> {
                counters.add(Counter.FRAGMENTS_DISCARDED);
                yield null;
            }
            case DECIDED -> null;
        };
    }

    /** True for a packet that is not whole; one with a fragment header may be (RFC 6946). */
    static boolean isPart(Headers headers) {
        return headers.isFragment() && (headers.moreFragments() || headers.fragmentOffset() != 0);
    }

    private Packet add(FragmentedDatagram datagram, Packet packet, Headers headers) {
        if (!datagram.add(packet.bytes(), header, headers.fragmentOffset(), headers.moreFragments())) {
            counters.add(Counter.FRAGMENTS_DISCARDED);
            datagram.assembly.release();
            datagram.state = State.GIVEN_UP;
            return null;
        }
        if (!datagram.isWhole()) {
            return null;
        }
        counters.add(Counter.DATAGRAMS);
        datagram.state = State.WHOLE;
        return whole(datagram, packet);
    }

    private Packet whole(FragmentedDatagram datagram, Packet packet) {
        datagram.assembly.pin();
        int networkOffset = datagram.show(reassembled.window());
        return reassembled.completedBy(packet, networkOffset);
    }

    // ---------------------------------------------------------------------------------------------- verdicts

    /** True when the latest packet was a fragment of a datagram that was given up. */
    public boolean isGivenUp() {
        return latest != null && latest.state == State.GIVEN_UP;
    }

    /**
     * Tells what became of the datagram that {@link #accept} gave back last. Where it was discarded, fragments of it that
     * come once more are to be discarded as well; where it is held, a fragment that is asked about again brings it back.
     */
    public void decided(Verdict verdict) {
        if (latest == null || latest.state != State.WHOLE) {
            return;
        }
        latest.verdict = verdict;
        if (verdict.kind() == Verdict.Kind.HOLD) {
            latest.assembly.unpin();
            latest = null;
        }
    }

    /**
     * The verdict for the latest packet, when {@link #accept} gave back null: that of its datagram, when it is a fragment
     * that came late; otherwise {@link Verdict#CONTINUE}.
     */
    public Verdict verdict() {
        return latest == null ? Verdict.CONTINUE : latest.verdict;
    }

    /** Is done with the latest datagram. */
    private void settle() {
        FragmentedDatagram datagram = latest;
        latest = null;
        if (datagram == null || datagram.state != State.WHOLE) {
            return;
        }
        datagram.assembly.release();
        Verdict.Kind kind = datagram.verdict.kind();
        if (kind == Verdict.Kind.DROP || kind == Verdict.Kind.REJECT) {
            datagram.state = State.DECIDED;
        } else {
            remove(datagram);
        }
    }

    // ---------------------------------------------------------------------------------------------- the table

    private FragmentedDatagram find(Headers headers, long nowNs) {
        long identity = FragmentedDatagram.identity(headers);
        int bucket = bucket(headers, identity);
        for (FragmentedDatagram each = buckets[bucket]; each != null; each = each.nextInBucket) {
            if (each.is(headers, identity)) {
                return each;
            }
        }
        if (datagrams == maxDatagrams) {
            evict(oldest);
        }
        FragmentedDatagram datagram = spare;
        if (datagram == null) {
            datagram = new FragmentedDatagram(this, memory);
        } else {
            spare = datagram.nextInBucket;
        }
        datagram.begin(headers, bucket, nowNs + timeoutNs);
        datagram.nextInBucket = buckets[bucket];
        buckets[bucket] = datagram;
        datagram.older = newest;
        datagram.newer = null;
        if (newest == null) {
            oldest = datagram;
        } else {
            newest.newer = datagram;
        }
        newest = datagram;
        datagrams++;
        return datagram;
    }

    private int bucket(Headers headers, long identity) {
        long hash = seed;
        hash = mix(hash ^ headers.sourceHigh());
        hash = mix(hash ^ headers.sourceLow());
        hash = mix(hash ^ headers.destinationHigh());
        hash = mix(hash ^ headers.destinationLow());
        hash = mix(hash ^ headers.vlans() ^ (long) headers.virtualNetwork() << 32);
        hash = mix(hash ^ identity);
        return (int) hash & (buckets.length - 1);
    }

    /** The finalizer of MurmurHash3. */
    private static long mix(long value) {
        long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }

    private void expire(long nowNs) {
        while (oldest != null && nowNs - oldest.expiresNs >= 0) {
            if (oldest.state == State.INCOMPLETE) {
                counters.add(Counter.DATAGRAMS_EXPIRED);
            }
            remove(oldest);
        }
    }

    private void evict(FragmentedDatagram datagram) {
        if (datagram.state == State.INCOMPLETE) {
            counters.add(Counter.DATAGRAMS_EVICTED);
        }
        remove(datagram);
    }

    /** The memory of a datagram went to another one. */
    void evicted(FragmentedDatagram datagram) {
        evict(datagram);
    }

    private void remove(FragmentedDatagram datagram) {
        datagram.assembly.release();
        if (datagram.older == null) {
            oldest = datagram.newer;
        } else {
            datagram.older.newer = datagram.newer;
        }
        if (datagram.newer == null) {
            newest = datagram.older;
        } else {
            datagram.newer.older = datagram.older;
        }
        unlink(datagram);
        datagram.nextInBucket = spare;
        spare = datagram;
        datagrams--;
    }

    private void unlink(FragmentedDatagram datagram) {
        FragmentedDatagram each = buckets[datagram.bucket];
        if (each == datagram) {
            buckets[datagram.bucket] = datagram.nextInBucket;
            return;
        }
        while (each.nextInBucket != datagram) {
            each = each.nextInBucket;
        }
        each.nextInBucket = datagram.nextInBucket;
    }

    /** What was met so far; a snapshot that any thread may ask for. Allocates. */
    public FragmentCounts counts() {
        return Counters.fragments(List.of(counters));
    }
}
