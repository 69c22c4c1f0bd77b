package dev.weir.engine;

/**
 * The packets that a shard holds: each in the list of its flow and in one of the whole shard, both oldest first. For the
 * shard's thread.
 */
final class HeldPackets {
    private final Counts counts;
    private InFlight first;
    private InFlight last;
    private long size;

    HeldPackets(Counts counts) {
        this.counts = counts;
    }

    /** The packet held longest, or null; {@link InFlight#heldAfter} leads to the others. */
    InFlight first() {
        return first;
    }

    long size() {
        return size;
    }

    /** Puts a packet behind all others of its flow. */
    void add(InFlight packet, FlowEntry flow) {
        packet.isHeld = true;
        packet.slot.held(true);
        packet.nextHeld = null;
        if (flow.youngestHeld == null) {
            flow.oldestHeld = packet;
        } else {
            flow.youngestHeld.nextHeld = packet;
        }
        flow.youngestHeld = packet;
        flow.heldCount++;
        packet.heldAfter = null;
        packet.heldBefore = last;
        if (last == null) {
            first = packet;
        } else {
            last.heldAfter = packet;
        }
        last = packet;
        counts.set(FlowShard.HELD, ++size);
    }

    /** Takes the oldest packet of a flow out. */
    InFlight removeOldest(FlowEntry flow) {
        InFlight oldest = flow.oldestHeld;
        flow.oldestHeld = oldest.nextHeld;
        if (flow.oldestHeld == null) {
            flow.youngestHeld = null;
        }
        unlink(oldest, flow);
        return oldest;
    }

    /** The packet is out of its flow's list: so it is out of the shard's. */
    private void unlink(InFlight packet, FlowEntry flow) {
        packet.isHeld = false;
        packet.nextHeld = null;
        flow.heldCount--;
        if (packet.heldBefore == null) {
            first = packet.heldAfter;
        } else {
            packet.heldBefore.heldAfter = packet.heldAfter;
        }
        if (packet.heldAfter == null) {
            last = packet.heldBefore;
        } else {
            packet.heldAfter.heldBefore = packet.heldBefore;
        }
        packet.heldBefore = null;
        packet.heldAfter = null;
        counts.set(FlowShard.HELD, --size);
    }

    /** Takes any packet of a flow out; walks the flow's list to it. */
    void remove(InFlight packet, FlowEntry flow) {
        InFlight before = null;
        for (InFlight held = flow.oldestHeld; held != packet; held = held.nextHeld) {
            before = held;
        }
        if (before == null) {
            flow.oldestHeld = packet.nextHeld;
        } else {
            before.nextHeld = packet.nextHeld;
        }
        if (flow.youngestHeld == packet) {
            flow.youngestHeld = before;
        }
        unlink(packet, flow);
    }

    /** The oldest packet of a flow that waits for its classifier, or null. */
    static InFlight oldestUndecided(FlowEntry flow) {
        InFlight oldest = flow.oldestHeld;
        while (oldest != null && oldest.verdict != null) {
            oldest = oldest.nextHeld;
        }
        return oldest;
    }
}
