package dev.weir.engine;

import dev.weir.Protocols;
import dev.weir.TunnelPolicy;
import dev.weir.packet.Headers;
import dev.weir.spi.Slot;

/** Finds the tuples of a queue's packets, by which flow and worker are found. For the queue's owner. */
final class TupleReader {
    private final HashSeed seed;
    private final FragmentTable fragments;
    private final boolean offline;
    private final boolean innermost;

    TupleReader(PipelineConfig config, HashSeed seed) {
        this.seed = seed;
        this.fragments = new FragmentTable(seed);
        this.offline = config.traits().offline();
        this.innermost = config.tunnels() == TunnelPolicy.INNERMOST;
    }

    /** Decodes a packet's headers and reads its tuple. */
    void read(Slot slot, Tuple tuple, long nowNs) {
        if (innermost) {
            slot.readInnermost();
        }
        Headers headers = slot.headers();
        int sourcePort = headers.sourcePort();
        int destinationPort = headers.destinationPort();
        int protocol = headers.protocol();
        if (headers.isFragment()) {
            int ports = fragments.ports(headers, offline ? slot.timestampNs() : nowNs);
            sourcePort = ports >>> 16;
            destinationPort = ports & 0xffff;
        } else if (protocol == Protocols.ICMP || protocol == Protocols.IPV6_ICMP) {
            sourcePort = Tuple.echoIdentifier(headers, slot.bytes());
            destinationPort = sourcePort;
        }
        tuple.set(headers, sourcePort, destinationPort, seed);
    }
}
