package dev.weir.engine;

import dev.weir.spi.Slot;

/** The packets of one queue that are in flight, within the pipeline's bounds. For the queue's owner. */
final class Outstanding {
    private final int maxPackets;
    private final long maxBytes;
    private int packets;
    private long bytes;

    /** What is out: with workers everything, in place what is held. */
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

    /** How many of a batch's first packets there is room for: each that begins before the bounds are reached. */
    int fitting(Slot[] batch, int count) {
        long after = bytes;
        int most = (int) Math.min(count, Math.max(0, (long) maxPackets - packets));
        for (int i = 0; i < most; i++) {
            if (after >= maxBytes) {
                return i;
            }
            after += batch[i].capturedLength();
        }
        return most;
    }

    /** A packet is in flight from now on. */
    void add(InFlight packet) {
        packets++;
        bytes += packet.lengthBytes;
        list.add(packet);
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
