package dev.weir.engine;

/** The packets of one queue that are in flight, within the pipeline's bounds. For the queue's owner. */
final class Outstanding {
    private final int maxPackets;
    private final long maxBytes;
    private int packets;
    private long bytes;

    /** What is out: with workers everything, without them what is held. */
    final PacketList list = new PacketList();

    Outstanding(PipelineConfig config) {
        this.maxPackets = config.maxPackets();
        this.maxBytes = config.maxBytes();
    }

    boolean isEmpty() {
        return packets == 0;
    }

    /** True when one more would be too many. */
    boolean isFull() {
        return packets >= maxPackets || bytes >= maxBytes;
    }

    /** How many packets there is room for, 0 when there are bytes for none. */
    int room() {
        return bytes >= maxBytes ? 0 : maxPackets - packets;
    }

    /** A packet is taken in. */
    void took(InFlight packet) {
        packets++;
        bytes += packet.lengthBytes;
    }

    /** A packet is decided, and nobody reads it any more. */
    void done(InFlight packet) {
        packets--;
        bytes -= packet.lengthBytes;
        list.remove(packet);
    }

    /** What is still out is not waited for. */
    void forget() {
        packets = 0;
    }
}
